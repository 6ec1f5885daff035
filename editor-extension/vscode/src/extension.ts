/**
 * The extension: what is begun, in which order, and nothing else.
 *
 * Each module has one thing to own and gets what it needs as `Services` (services.ts):
 *
 *   client.ts        the one connection to the language server; requests typed by protocol.gen.ts
 *   server/          which server that is: launch (where it is found), probe (what a Python holds),
 *                    install (an environment of our own), start (what a person is told),
 *                    crashes (when it is started anew)
 *   neighbours.ts    other Python servers here (analysers.ts: which), and the settings that ours is told
 *   scripts/         the open scripts: cells, outputs, kernels, and where they stand after edits
 *   outputs/         what is drawn in the text editor: words (what is said), decorations (at the end
 *                    of lines and in the gutter), markdown, ansi, pictures and zones (under cells)
 *   commands/        what a person asks for: run, cells, kernel; served: what
 *                    the server does alone
 *   views/           status bar, input box, notices, context keys, variables, sessions, kernel picker
 *   panel.ts         the panel beside the file, and the table viewer (its page: editor-extension/panel)
 *   notebook/        the script in VS Code's notebook editor
 *
 * What only listens to `scripts` or asks `client` is begun by one line below.
 */
import * as vscode from "vscode";
import { Client } from "./client";
import { registerCells } from "./commands/cells";
import { registerKernel } from "./commands/kernel";
import { registerRunning } from "./commands/run";
import { registerServed } from "./commands/served";
import { neighbours, onNeighbours, serverSettings } from "./neighbours";
import { Decorations } from "./outputs/decorations";
import { Zones } from "./outputs/zones";
import { registerNotebooks } from "./notebook/notebooks";
import { registerPanel } from "./panel";
import { Scripts } from "./scripts/scripts";
import { Starter } from "./server/start";
import type { Services } from "./services";
import { Inputs } from "./views/input";
import { registerKeys } from "./views/keys";
import { registerKernelPicker } from "./views/kernels";
import { registerLenses } from "./views/lenses";
import { registerNotices } from "./views/notify";
import { Sessions } from "./views/sessions";
import { Status } from "./views/status";
import { Variables } from "./views/variables";

/** Begin everything; the server comes up meanwhile. */
export function activate(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel("Cellbridge", { log: true });
  const client = new Client(log, serverSettings);
  const scripts = new Scripts(client, log);
  const services: Services = { context, client, scripts, log };
  const zones = new Zones(context, client, scripts);
  const inputs = new Inputs(services);
  const starter = new Starter(context, client, log);
  context.subscriptions.push(
    log,
    client,
    scripts,
    starter,
    new Decorations(context, scripts, zones.shows),
    new Status(services),
    inputs,
    new Variables(services),
    new Sessions(services),
    ...registerKernelPicker(services),
    ...registerRunning(services),
    ...registerCells(services),
    ...registerKernel(services),
    ...registerServed(services),
    ...registerKeys(services),
    ...registerLenses(services),
    ...registerNotices(services),
    ...registerPanel(services),
    ...registerNotebooks(services, inputs),
    onNeighbours(() => void client.settingsChanged()),
  );
  const others = neighbours();
  if (others.length > 0) {
    log.info(`Static analysis is left to ${others.join(", ")}.`);
  }
  void starter.start();
  return services;
}

/** End the server; kernels and their sessions live on. */
export async function deactivate(): Promise<void> {
  // The client is among the subscriptions, and ends the server as it is disposed of.
}
