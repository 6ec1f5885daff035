/** Emptied outputs: what counts as the user's clearing, and what does not. */
import * as assert from "node:assert/strict";
import type * as vscode from "vscode";
import { ClearDetector } from "../../../../editor-extension/vscode/src/notebook/clearedOutputs";

const cell = { outputs: [] } as unknown as vscode.NotebookCell;
const empties = { cell, outputs: [] } as unknown as vscode.NotebookDocumentCellChange;
const blanks = { cell, executionSummary: { executionOrder: null } } as unknown as vscode.NotebookDocumentCellChange;
const numbers = { cell, executionSummary: { executionOrder: 2 } } as unknown as vscode.NotebookDocumentCellChange;
const other = { cell: { outputs: [] }, metadata: {} } as unknown as vscode.NotebookDocumentCellChange;

/** Return how many cells each of the events clears. */
function cleared(events: vscode.NotebookDocumentCellChange[][], settled: () => boolean = () => true): number[] {
  const clearing = new ClearDetector();
  return events.map((changes) => clearing.detect(changes, settled).length);
}

describe("emptied outputs", () => {
  it("are cleared by the user where the run's number goes with the next event", () => {
    assert.deepEqual(cleared([[empties], [blanks]]), [0, 1]);
    assert.deepEqual(cleared([[{ ...empties, ...blanks }]]), [1]);
  });

  it("are not where a file is read again or a run begins", () => {
    assert.deepEqual(cleared([[empties], [other]]), [0, 0]);
    assert.deepEqual(cleared([[empties], [numbers]]), [0, 0]);
    assert.deepEqual(cleared([[blanks], [empties]]), [0, 0]);
    assert.deepEqual(cleared([[empties], [other], [blanks]]), [0, 0, 0]);
  });

  it("are not while an edit of ours is under way, before or after", () => {
    assert.deepEqual(cleared([[empties], [blanks]], () => false), [0, 0]);
    const answers = [true, false];
    assert.deepEqual(cleared([[empties], [blanks]], () => answers.shift() ?? true), [0, 0]);
  });
});
