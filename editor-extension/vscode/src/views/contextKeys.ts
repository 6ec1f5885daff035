/**
 * The context keys for `when` clauses of keybindings and menus.
 *
 * Owns `cellbridge.hasCells`, `cellbridge.kernelBusy`, `cellbridge.agentsAllowed` and
 * `cellbridge.agentRuns`. Without a marker, Shift+Enter keeps its usual meaning.
 */
import * as vscode from "vscode";
import { hasAgentRuns } from "../agents/agentText";
import type { Services } from "../services";

/** Update the context keys on every change. */
export function registerContextKeys(services: Services): vscode.Disposable[] {
  const values = new Map<string, boolean>();
  const set = (key: string, value: boolean) => {
    if (values.get(key) !== value) {
      values.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    }
  };
  const update = () => {
    const script = services.scripts.active;
    set("cellbridge.hasCells", script?.hasMarkers === true);
    set("cellbridge.kernelBusy", script?.cells.kernel.state === "busy");
    const agents = services.agents.active;
    set("cellbridge.agentsAllowed", agents.allowed === true);
    set("cellbridge.agentRuns", hasAgentRuns(agents));
  };
  update();
  return [
    services.scripts.onDidChangeCells(update),
    services.scripts.onDidMove(update),
    services.scripts.onDidClose(update),
    services.scripts.onDidChangeKernel(update),
    services.agents.onDidChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.window.onDidChangeActiveNotebookEditor(update),
  ];
}
