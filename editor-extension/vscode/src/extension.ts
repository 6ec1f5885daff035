/**
 * Activation: starts each part of the extension, in order.
 *
 * Every module receives the shared `Services` (services.ts):
 *
 *   client.ts        the connection to the language server; requests typed by protocol.gen.ts
 *   server/          finding and starting the server: launch (the interpreter), interpreterCheck
 *                    (version and packages), installation (the private environment),
 *                    serverStarter (messages to the user), restartPolicy (restarts after a crash)
 *   serverSettings   the settings sent to the server, without static analysis if another extension
 *                    provides it (pythonAnalysers)
 *   scripts/         the open scripts: cells, outputs, kernels, their lines after edits, and the cursor
 *   outputs/         what the text editor shows: outputText (summaries), decorations (line ends and
 *                    gutter), outputZones with outputMarkdown, ansiHtml and imageFiles (under cells)
 *   commands/        the commands: runCommands, cellCommands, kernelCommands; serverCommands forwards
 *                    commands to the server
 *   views/           status bar, input boxes, notifications, context keys, variables, sessions,
 *                    kernel picker
 *   panel/           the panel next to the file, with tables (its page: editor-extension/panel)
 *   notebook/        scripts and .ipynb files in VS Code's notebook editor
 *   agents/          agents in the sessions: their states, the commands, the status bar item, and mcpServer,
 *                    by which VS Code's own agents get their tools
 *   debugging/       debugging of cells: debugging (the commands), debugSessions with debugAdapter (the
 *                    process), cellSources and breakpointLists (cells in place of lines)
 *
 * A module that only listens to `scripts` or sends requests is started by one line below.
 */
import * as vscode from "vscode";
import { registerAgentCommands } from "./agents/agentCommands";
import { AgentsItem } from "./agents/agentsItem";
import { AgentStates } from "./agents/agentStates";
import { registerMcpServer } from "./agents/mcpServer";
import { Client } from "./client";
import { registerCellCommands } from "./commands/cellCommands";
import { registerKernelCommands } from "./commands/kernelCommands";
import { registerRunCommands } from "./commands/runCommands";
import { registerServerCommands } from "./commands/serverCommands";
import { installedAnalysers, onDidChangeAnalysers, serverSettings } from "./serverSettings";
import { Decorations } from "./outputs/decorations";
import { OutputZones } from "./outputs/outputZones";
import { registerDebugging } from "./debugging/debugging";
import { Notebooks } from "./notebook/notebooks";
import { registerPanel } from "./panel/panel";
import { registerCursorReports } from "./scripts/cursorReports";
import { Scripts } from "./scripts/scripts";
import { ServerStarter } from "./server/serverStarter";
import type { Services } from "./services";
import { InputBoxes } from "./views/inputBoxes";
import { registerContextKeys } from "./views/contextKeys";
import { registerKernelPicker } from "./views/kernelPicker";
import { registerCodeLensRefresh } from "./views/codeLensRefresh";
import { registerNotifications } from "./views/notifications";
import { SessionsView } from "./views/sessionsView";
import { StatusBar } from "./views/statusBar";
import { VariablesView } from "./views/variablesView";

/** Start all parts of the extension. The server starts in the background. */
export function activate(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel("Cellbridge", { log: true });
  const client = new Client(log, serverSettings);
  const scripts = new Scripts(client, log);
  const services: Services = { context, client, scripts, agents: new AgentStates(client), log };
  const zones = new OutputZones(context, client, scripts);
  const inputs = new InputBoxes(services);
  const notebooks = new Notebooks(services, inputs);
  const starter = new ServerStarter(context, client, log);
  context.subscriptions.push(
    log,
    client,
    scripts,
    services.agents,
    starter,
    new Decorations(context, scripts, zones.shows),
    new StatusBar(services),
    new AgentsItem(services),
    inputs,
    new VariablesView(services),
    new SessionsView(services),
    ...registerKernelPicker(services),
    ...registerRunCommands(services),
    ...registerCellCommands(services),
    ...registerKernelCommands(services),
    ...registerServerCommands(services),
    ...registerAgentCommands(services),
    ...registerContextKeys(services),
    ...registerCursorReports(services),
    ...registerCodeLensRefresh(services),
    ...registerNotifications(services),
    ...registerPanel(services),
    ...notebooks.register(),
    ...registerDebugging(services, notebooks),
    onDidChangeAnalysers(() => void client.sendSettings()),
    ...registerMcpServer(services, starter.start()),
  );
  const others = installedAnalysers();
  if (others.length > 0) {
    log.info(`Static analysis is left to ${others.join(", ")}.`);
  }
  return services;
}

/** Stop the server. Kernels and their sessions continue to run. */
export async function deactivate(): Promise<void> {
  // The client is one of the subscriptions, and stops the server when it is disposed.
}
