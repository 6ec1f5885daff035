/**
 * Emptied outputs in a notebook, and which of them the user has cleared.
 *
 * Owns that decision. VS Code reports by one kind of event that a run has begun, that a file was read
 * again, and that the user has cleared outputs; and the event of a fast cell comes when its run is over.
 * Only *Clear Outputs* takes the number and the times of the run from the cell too, in the next event.
 *
 * Invariant: what is not certain is no clearing.
 */
import type * as vscode from "vscode";

export class ClearDetector {
  /** Cells that the event before has emptied, while nothing else was under way in them. */
  private emptied: ReadonlySet<vscode.NotebookCell> = new Set();

  /**
   * Take one event of the notebook; return the cells that the user has cleared.
   *
   * `settled` says whether a cell shows a run that has ended, and no edit of ours is under way in it.
   */
  detect(
    changes: readonly vscode.NotebookDocumentCellChange[],
    settled: (cell: vscode.NotebookCell) => boolean,
  ): vscode.NotebookCell[] {
    const before = this.emptied;
    const now = changes.filter(({ cell, outputs }) => outputs?.length === 0 && settled(cell));
    this.emptied = new Set(now.map(({ cell }) => cell));
    const cells = changes.filter(({ executionSummary }) => isBlank(executionSummary)).map(({ cell }) => cell);
    return cells.filter((cell) => cell.outputs.length === 0 && settled(cell) && (before.has(cell) || this.emptied.has(cell)));
  }
}

/** Whether a change takes from a cell all that was known of its run. */
function isBlank(summary: vscode.NotebookCellExecutionSummary | undefined): boolean {
  // VS Code has null where the API promises undefined.
  const values = [summary?.executionOrder, summary?.success, summary?.timing];
  return summary !== undefined && values.every((value) => (value ?? undefined) === undefined);
}
