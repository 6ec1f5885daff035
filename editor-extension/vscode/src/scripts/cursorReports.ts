/**
 * The reports of the cursor's cell to the server, for a page that follows the cursor.
 *
 * Owns when they are sent: after a move to another cell, and at most one every `PAUSE` milliseconds.
 */
import * as vscode from "vscode";
import type { Services } from "../services";

const PAUSE = 100;

/** Report the cursor of the active editor. */
export function registerCursorReports({ client, scripts }: Services): vscode.Disposable[] {
  let pending: NodeJS.Timeout | undefined;
  let last = "";
  const report = () => {
    pending = undefined;
    const editor = vscode.window.activeTextEditor;
    const script = editor && scripts.of(editor.document.uri);
    if (editor === undefined || script === undefined || client.state !== "running") {
      return;
    }
    const { line, character } = editor.selection.active;
    const uri = script.uri.toString();
    const place = `${uri} ${script.cells.at(line)?.id ?? ""}`;
    if (place !== last) {
      last = place;
      void client.notify("cellbridge/cursor", { uri, position: { line, character } });
    }
  };
  const moved = () => {
    pending ??= setTimeout(report, PAUSE);
  };
  return [
    vscode.window.onDidChangeTextEditorSelection(moved),
    vscode.window.onDidChangeActiveTextEditor(moved),
    new vscode.Disposable(() => {
      clearTimeout(pending);
    }),
  ];
}
