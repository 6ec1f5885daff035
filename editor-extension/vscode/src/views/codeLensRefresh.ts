/**
 * Refreshes code lenses once more after a run has changed its state.
 *
 * Owns this second refresh. VS Code drops a pending refresh when the editor loses the focus, for example
 * when the user clicks on a view while a cell finishes. The lens would then show "running" until the
 * next edit.
 */
import * as vscode from "vscode";
import type { Services } from "../services";

const REFRESH_DELAY = 1000;

/** Register the second refresh. */
export function registerCodeLensRefresh(services: Services): vscode.Disposable[] {
  let timer: NodeJS.Timeout | undefined;
  return [
    services.scripts.onDidChangeCells(({ changed }) => {
      if (changed.some(({ cell, before }) => cell.run?.state !== before?.run?.state)) {
        clearTimeout(timer);
        timer = setTimeout(() => {
          services.client.refreshLenses();
        }, REFRESH_DELAY);
      }
    }),
    new vscode.Disposable(() => {
      clearTimeout(timer);
    }),
  ];
}
