/**
 * Lenses that tell how a run went, kept from telling it too late.
 *
 * Owns one more refresh a second after a run has moved on. VS Code forgets a refresh that is due when
 * the focus leaves the editor, as it does when somebody clicks on a view while a cell ends, and the
 * lens would say "running" until the next edit.
 */
import * as vscode from "vscode";
import type { Services } from "../services";

const REFRESH_DELAY = 1000;

/** Begin to keep them. */
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
