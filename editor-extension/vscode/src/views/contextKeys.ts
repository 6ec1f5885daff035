/**
 * The context keys for `when` clauses of keybindings and menus.
 *
 * Owns `cellbridge.hasCells` and `cellbridge.kernelBusy`. Without a marker, Shift+Enter keeps its usual
 * meaning.
 */
import * as vscode from "vscode";
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
  };
  update();
  return [
    services.scripts.onDidChangeCells(update),
    services.scripts.onDidMove(update),
    services.scripts.onDidClose(update),
    services.scripts.onDidChangeKernel(update),
    vscode.window.onDidChangeActiveTextEditor(update),
  ];
}
