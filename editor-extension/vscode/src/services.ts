/**
 * The services that the parts of the extension share.
 *
 * Owns only the interface. extension.ts creates the services.
 */
import type * as vscode from "vscode";
import type { AgentStates } from "./agents/agentStates";
import type { Client } from "./client";
import type { Scripts } from "./scripts/scripts";

/** Passed to every part of the extension at its start. */
export interface Services {
  context: vscode.ExtensionContext;
  /** The connection to the server, typed by protocol.gen.ts. */
  client: Client;
  /** All open scripts with their cells, outputs and kernels. */
  scripts: Scripts;
  /** The agents of the open documents' sessions. */
  agents: AgentStates;
  log: vscode.LogOutputChannel;
}
