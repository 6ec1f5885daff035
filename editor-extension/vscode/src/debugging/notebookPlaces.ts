/**
 * The places of notebook cells in their scripts, for the debugger.
 *
 * Owns the choice between the notebook editor and the text editor for a line that both show.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { IPYNB_TYPE } from "../notebook/notebookTypes";
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

  /**
   * VS Code opens the cell of a stop in its own editor of .ipynb files, even if the cell is open in ours,
   * and closes ours. So these stops are shown in the script of the notebook.
   */
  scriptOf(file: string): string | undefined {
    const sync = this.syncOf(file);
    return sync?.notebook.notebookType === IPYNB_TYPE ? sync.script : undefined;
  }

  cellAt(file: string, line: number): { uri: string; name: string; line: number } | undefined {
    const sync = this.syncOf(file);
    const found = sync?.cellAt(line);
    if (sync === undefined || found === undefined || isShownAsText(sync.notebook)) {
      return undefined;
    }
    const name = `${path.basename(file)}, cell ${found.cell.index + 1}`;
    return { uri: found.cell.document.uri.toString(), name, line: found.line };
  }

  private syncOf(file: string): NotebookSync | undefined {
    return [...this.notebooks()].find(({ notebook }) => notebook.uri.fsPath === file);
  }
}

/** Return true if the user sees the file in a text editor rather than in its notebook editor. */
function isShownAsText({ uri }: vscode.NotebookDocument): boolean {
  const file = uri.toString();
  const isActive = vscode.window.activeNotebookEditor?.notebook.uri.toString() === file;
  return !isActive && vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === file);
}
