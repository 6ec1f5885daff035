/**
 * What the parts of the extension share.
 *
 * Owns the list only: each service is made in extension.ts and has a module of its own.
 */
import type * as vscode from "vscode";
import type { Client } from "./client";
import type { Scripts } from "./scripts/scripts";

/** Given to every part when it is begun. */
export interface Services {
  context: vscode.ExtensionContext;
  /** The connection to the server; typed by protocol.gen.ts. */
  client: Client;
  /** All open scripts with their cells, outputs and kernels, as the server tells of them. */
  scripts: Scripts;
  log: vscode.LogOutputChannel;
}
