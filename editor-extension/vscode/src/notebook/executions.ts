/**
 * Runs as VS Code shows them in a notebook: pending, running, ended, with their outputs.
 *
 * Owns the executions of one notebook. Whoever began a run, a person here, one in the text editor or
 * in another editor, it is shown by the same way: from what the server tells of the cell.
 *
 * Invariant: outputs that VS Code drops, while the session has them, are shown again.
 */
import * as vscode from "vscode";
import type { ShownCell } from "../../../panel/src/cellStore";
import type { Output, Run } from "../protocol.gen";
import { toCellOutput } from "./outputConversion";
import type { OutputMetadata } from "./notebookTypes";

/** What a cell shows. */
interface ShownRun {
  /** The run; empty while the person's wish has not come to one. */
  run: string;
  execution: vscode.NotebookCellExecution | undefined;
  started: boolean;
  outputs: readonly Output[];
  drawn: vscode.NotebookCellOutput[];
  /** Edits of the outputs that VS Code has not answered yet: its events of them may be still to come. */
  pending: number;
  /** They were drawn once more after VS Code had lost them; a second time would not help. */
  restored: boolean;
}

/** What a cell shows before its run has begun. */
const EMPTY = { execution: undefined, started: false, outputs: [], pending: 0, restored: false };
const ENDED = new Set(["ok", "error", "cancelled", "lost"]);

export class Executions {
  private readonly shown = new Map<vscode.NotebookCell, ShownRun>();
  private readonly runs = new Set<string>();

  constructor(
    private readonly controller: vscode.NotebookController,
    private readonly log: vscode.LogOutputChannel,
    /** Has all cells drawn that do not show what is known of them. */
    private readonly redraw: () => void,
  ) {}

  /** Whether a run is shown here. */
  has(run: string): boolean {
    return this.runs.has(run);
  }

  /** A person wants a cell to run: show that it waits. */
  showPending(cell: vscode.NotebookCell): void {
    if (this.shown.get(cell)?.execution === undefined) {
      const execution = this.createExecution(cell);
      this.shown.set(cell, { ...EMPTY, run: "", execution, drawn: [] });
    }
  }

  /** What was wished for did not come to a run, as for an empty cell. */
  dropPending(cell: vscode.NotebookCell): void {
    const shown = this.shown.get(cell);
    if (shown?.run === "") {
      shown.execution?.end(undefined);
      this.shown.delete(cell);
    }
  }

  /** Whether a cell shows outputs of a run that has ended, and no edit of ours is under way in it. */
  isSettled(cell: vscode.NotebookCell): boolean {
    const shown = this.shown.get(cell);
    return shown !== undefined && isSettled(shown);
  }

  /** The user has cleared a cell's outputs in the notebook; return the run that they were of. */
  takeCleared(cell: vscode.NotebookCell): string | undefined {
    const shown = this.shown.get(cell);
    if (shown === undefined || !isSettled(shown)) {
      return undefined;
    }
    this.shown.delete(cell);
    return shown.run;
  }

  /** Show outputs again that cells have lost without the user's doing. */
  restore(cells: readonly vscode.NotebookCell[]): void {
    const lost = cells.flatMap((cell) => {
      const shown = this.shown.get(cell);
      return shown !== undefined && isSettled(shown) && cell.outputs.length < shown.outputs.length ? [shown] : [];
    });
    for (const shown of lost) {
      shown.outputs = [];
      shown.restored = true;
    }
    if (lost.length > 0) {
      this.redraw();
    }
  }

  /** Let go of cells that are gone. */
  forgetCells(cells: readonly vscode.NotebookCell[]): void {
    for (const cell of cells) {
      this.shown.delete(cell);
    }
  }

  /** Show what the server tells of a cell. */
  update(cell: vscode.NotebookCell, state: ShownCell): void {
    const { run } = state;
    if (run === undefined) {
      this.clear(cell);
      return;
    }
    const known = this.shown.get(cell);
    if (known?.run !== run.id && known?.run !== "" && isShown(cell, run, state.outputs)) {
      // The file or an earlier look holds these very outputs: nothing is to be changed.
      const { outputs } = state;
      this.shown.set(cell, { ...EMPTY, run: run.id, started: true, outputs, drawn: [...cell.outputs] });
      return;
    }
    const shown = this.prepare(cell, run, known);
    if (shown.execution === undefined) {
      if (this.shown.get(cell) !== shown || shown.outputs === state.outputs || areSame(shown.outputs, state.outputs)) {
        return;
      }
      // A run that had ended got more: what it printed to the very end, or its outputs were cleared.
      shown.execution = this.createExecution(cell);
      shown.started = false;
    }
    this.advance(cell, shown, run, state.outputs);
  }

  private prepare(cell: vscode.NotebookCell, run: Run, known: ShownRun | undefined): ShownRun {
    if (known?.run === run.id) {
      return known;
    }
    this.runs.add(run.id);
    if (known?.execution !== undefined && known.run !== "") {
      known.execution.end(undefined);
      known.execution = undefined;
    }
    const execution = known?.execution ?? this.createExecution(cell);
    const shown: ShownRun = { ...EMPTY, run: run.id, execution, drawn: [] };
    // What cannot be shown yet is shown as soon as the notebook has its controller.
    if (execution !== undefined) {
      this.shown.set(cell, shown);
    }
    return shown;
  }

  /** Bring an execution to where its run is. */
  private advance(cell: vscode.NotebookCell, shown: ShownRun, run: Run, outputs: readonly Output[]): void {
    const { execution } = shown;
    if (execution === undefined || run.state === "queued") {
      return;
    }
    if (!shown.started) {
      shown.started = true;
      execution.start(run.startedAt === undefined ? undefined : run.startedAt * 1000);
      shown.drawn = outputs.map((output) => toCellOutput(output, run));
      this.trackEdits(cell, shown, [execution.replaceOutput(shown.drawn)]);
    } else {
      this.trackEdits(cell, shown, editOutputs(shown, execution, run, outputs));
    }
    shown.outputs = outputs;
    execution.executionOrder = run.count;
    if (ENDED.has(run.state)) {
      const success = run.state === "ok" ? true : run.state === "cancelled" ? undefined : false;
      execution.end(success, run.endedAt === undefined ? undefined : run.endedAt * 1000);
      shown.execution = undefined;
    }
  }

  /** Count edits until VS Code has answered them; then all of its events about them have come. */
  private trackEdits(cell: vscode.NotebookCell, shown: ShownRun, edits: readonly Thenable<void>[]): void {
    shown.pending += 1;
    void Promise.allSettled(edits).then(() => {
      shown.pending -= 1;
      if (this.shown.get(cell) === shown && !shown.restored) {
        this.restore([cell]);
      }
    });
  }

  /** Outputs of a run were cleared, by whomever. */
  private clear(cell: vscode.NotebookCell): void {
    const shown = this.shown.get(cell);
    if (shown === undefined || shown.run === "") {
      return;
    }
    this.shown.delete(cell);
    const execution = shown.execution ?? this.createExecution(cell);
    if (execution !== undefined) {
      if (!shown.started || shown.execution === undefined) {
        execution.start();
      }
      void execution.clearOutput();
      execution.executionOrder = undefined;
      execution.end(undefined);
    }
  }

  private createExecution(cell: vscode.NotebookCell): vscode.NotebookCellExecution | undefined {
    try {
      return this.controller.createNotebookCellExecution(cell);
    } catch (error) {
      // Another kernel was chosen for the notebook, or the cell is just going.
      this.log.debug(`A run could not be shown in a notebook: ${String(error)}`);
      return undefined;
    }
  }
}

/** Whether a cell shows the outputs of a run that has ended already. */
function isShown(cell: vscode.NotebookCell, run: Run, outputs: readonly Output[]): boolean {
  if (!ENDED.has(run.state) || cell.executionSummary?.executionOrder !== run.count) {
    return false;
  }
  const ids = cell.outputs.map((output) => ((output.metadata ?? {}) as OutputMetadata).run);
  return cell.outputs.length === outputs.length && ids.every((id) => id === undefined || id === run.id);
}

function areSame(before: readonly Output[], now: readonly Output[]): boolean {
  return before.length === now.length && before.every((output, at) => output === now[at]);
}

/** Return what a text has grown by; undefined where it is not the old one with something added. */
function appendedText(before: Output, now: Output): string | undefined {
  if (before.kind !== "stream" || now.kind !== "stream" || now.tail !== undefined) {
    return undefined;
  }
  return now.text.startsWith(before.text) ? now.text.slice(before.text.length) : undefined;
}

/** Edit an execution's outputs where they are new; what grew is added to, as drawing a long text again is slow. */
function editOutputs(
  shown: ShownRun,
  execution: vscode.NotebookCellExecution,
  run: Run,
  outputs: readonly Output[],
): Thenable<void>[] {
  if (outputs.length < shown.outputs.length) {
    shown.drawn = outputs.map((output) => toCellOutput(output, run));
    return [execution.replaceOutput(shown.drawn)];
  }
  return [...outputs.entries()].flatMap(([at, output]) => {
    const before = shown.outputs[at];
    const known = shown.drawn[at];
    if (before === output) {
      return [];
    }
    const made = toCellOutput(output, run);
    if (before === undefined || known === undefined) {
      shown.drawn[at] = made;
      return [execution.appendOutput(made)];
    }
    const added = appendedText(before, output);
    const mime = made.items[0]?.mime;
    return added !== undefined && mime !== undefined
      ? [execution.appendOutputItems(vscode.NotebookCellOutputItem.text(added, mime), known)]
      : [execution.replaceOutputItems(made.items, known)];
  });
}

function isSettled({ execution, pending, outputs }: ShownRun): boolean {
  return execution === undefined && pending === 0 && outputs.length > 0;
}
