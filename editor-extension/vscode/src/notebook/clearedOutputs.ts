/**
 * Detects which outputs of a notebook the user has cleared.
 *
 * VS Code sends the same kind of event when a run starts, when a file is read again, and when the user
 * clears outputs. For a fast cell, the event arrives after the run. Only *Clear Outputs* also removes the
 * execution count and the times of the run, in the next event.
 *
 * Invariant: an uncertain case does not count as cleared.
 */
import type * as vscode from "vscode";

export class ClearDetector {
  /** Settled cells whose outputs the previous event removed. */
  private emptied: ReadonlySet<vscode.NotebookCell> = new Set();

  /**
   * Process one event of the notebook. Return the cells that the user has cleared.
   *
   * `settled` returns true for a cell that shows a finished run and has no pending edits.
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

/** Return true if a change removes all details of a cell's run. */
function isBlank(summary: vscode.NotebookCellExecutionSummary | undefined): boolean {
  // VS Code has null where the API promises undefined.
  const values = [summary?.executionOrder, summary?.success, summary?.timing];
  return summary !== undefined && values.every((value) => (value ?? undefined) === undefined);
}
