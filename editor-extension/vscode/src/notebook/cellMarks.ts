/**
 * The words about a result in the status bar of its cell, such as "stale" or "earlier kernel".
 *
 * Owns the items. The server owns the words, which are the same in all editors.
 */
import * as vscode from "vscode";
import { NOTEBOOK_TYPES } from "./notebookTypes";

/** Explanations of the words, for the tooltip. */
const EXPLANATIONS: Record<string, string> = {
  "earlier kernel": "The kernel of this run has ended, so the names that it defined no longer exist. Run the cell again.",
  stale: "The code, or a value that it reads, has changed since this run.",
};

export class CellMarks implements vscode.NotebookCellStatusBarItemProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCellStatusBarItems = this.changes.event;
  private readonly registrations: vscode.Disposable[];

  /** `markOf` returns the words about a cell's result; empty without any. */
  constructor(private readonly markOf: (cell: vscode.NotebookCell) => string) {
    this.registrations = NOTEBOOK_TYPES.map((type) => vscode.notebooks.registerNotebookCellStatusBarItemProvider(type, this));
  }

  /** Request the items again. */
  refresh(): void {
    this.changes.fire();
  }

  provideCellStatusBarItems(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem[] {
    const mark = this.markOf(cell);
    if (mark === "") {
      return [];
    }
    const item = new vscode.NotebookCellStatusBarItem(mark, vscode.NotebookCellStatusBarAlignment.Left);
    item.tooltip = mark
      .split(" · ")
      .map((word) => EXPLANATIONS[word] ?? word)
      .join("\n");
    return [item];
  }

  dispose(): void {
    vscode.Disposable.from(this.changes, ...this.registrations).dispose();
  }
}
