/**
 * The places of notebook cells in their scripts, for the debugger.
 *
 * Owns the choice between the notebook editor and the text editor for a line that both show.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { NotebookSync } from "../notebook/notebookSync";
import type { CellPlaces } from "./breakpointLists";

/** Looks up the notebooks that are open in a notebook editor. */
export type FindNotebooks = () => Iterable<NotebookSync>;

export class NotebookPlaces implements CellPlaces {
  constructor(private readonly notebooks: FindNotebooks) {}

  ofCell(uri: string): { path: string; line: number } | undefined {
    for (const sync of this.notebooks()) {
      const cell = sync.notebook.getCells().find((one) => one.document.uri.toString() === uri);
      const line = cell && sync.lineOf(cell);
      if (line !== undefined) {
        return { path: sync.notebook.uri.fsPath, line };
      }
    }
    return undefined;
  }

  cellAt(file: string, line: number): { uri: string; name: string; line: number } | undefined {
    const sync = [...this.notebooks()].find(({ notebook }) => notebook.uri.fsPath === file);
    const found = sync?.cellAt(line);
    if (sync === undefined || found === undefined || isShownAsText(sync.notebook)) {
      return undefined;
    }
    const name = `${path.basename(file)}, cell ${found.cell.index + 1}`;
    return { uri: found.cell.document.uri.toString(), name, line: found.line };
  }
}

/** Return true if the user sees the file in a text editor rather than in its notebook editor. */
function isShownAsText({ uri }: vscode.NotebookDocument): boolean {
  const file = uri.toString();
  const isActive = vscode.window.activeNotebookEditor?.notebook.uri.toString() === file;
  return !isActive && vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === file);
}
