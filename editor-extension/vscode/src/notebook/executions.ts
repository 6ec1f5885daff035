/**
 * Shows runs in a notebook as executions: pending, running or finished, with their outputs.
 *
 * Owns the executions of one notebook. Every run is shown from the server's notifications, whether it
 * was started here, in the text editor or in another editor.
 *
 * Invariant: outputs that VS Code drops while the session has them are shown again.
 */
import * as vscode from "vscode";
import type { ShownCell } from "../../../panel/src/cellStore";
import { modelOf, WIDGET_VIEW } from "../../../panel/src/widgets/widgetViewContent";
import type { Output, Run } from "../protocol.gen";
import { toCellOutput } from "./outputConversion";
import type { OutputMetadata } from "./notebookTypes";

/** The run and outputs that a cell shows. */
interface ShownRun {
  /** The id of the run; empty while the run is only requested. */
  run: string;
  execution: vscode.NotebookCellExecution | undefined;
  started: boolean;
  outputs: readonly Output[];
  drawn: vscode.NotebookCellOutput[];
  /** Number of edits that VS Code has not confirmed: their events may still arrive. */
  pending: number;
  /** The outputs were drawn again after VS Code lost them. This is done only once. */
  restored: boolean;
}

/** The state of a cell before its run starts. */
const EMPTY = { execution: undefined, started: false, outputs: [], pending: 0, restored: false };
const ENDED = new Set(["ok", "error", "cancelled", "lost"]);

export class Executions {
  private readonly shown = new Map<vscode.NotebookCell, ShownRun>();
  private readonly runs = new Set<string>();

  constructor(
    private readonly controller: vscode.NotebookController,
    private readonly log: vscode.LogOutputChannel,
    /** Draws all cells that do not show their current state. */
    private readonly redraw: () => void,
  ) {}

  /** Return true if a run is shown in this notebook. */
  has(run: string): boolean {
    return this.runs.has(run);
  }

  /** Show a cell as pending after the user requested its run. */
  showPending(cell: vscode.NotebookCell): void {
    if (this.shown.get(cell)?.execution === undefined) {
      const execution = this.createExecution(cell);
      this.shown.set(cell, { ...EMPTY, run: "", execution, drawn: [] });
    }
  }

  /** End a pending execution without a run, for example of an empty cell. */
  dropPending(cell: vscode.NotebookCell): void {
    const shown = this.shown.get(cell);
    if (shown?.run === "") {
      shown.execution?.end(undefined);
      this.shown.delete(cell);
    }
  }

  /** Return true if a cell shows outputs of a finished run and has no pending edits. */
  isSettled(cell: vscode.NotebookCell): boolean {
    const shown = this.shown.get(cell);
    return shown !== undefined && isSettled(shown);
  }

  /** Forget the outputs that the user cleared in a cell. Return the id of their run. */
  takeCleared(cell: vscode.NotebookCell): string | undefined {
    const shown = this.shown.get(cell);
    if (shown === undefined || !isSettled(shown)) {
      return undefined;
    }
    this.shown.delete(cell);
    return shown.run;
  }

  /** Show outputs again that VS Code dropped without an action of the user. */
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

  /** Forget removed cells. */
  forgetCells(cells: readonly vscode.NotebookCell[]): void {
    for (const cell of cells) {
      this.shown.delete(cell);
    }
  }

  /** Show the state of a cell that the server sent. */
  update(cell: vscode.NotebookCell, state: ShownCell): void {
    const { run } = state;
    if (run === undefined) {
      this.clear(cell);
      return;
    }
    const known = this.shown.get(cell);
    if (known?.run !== run.id && known?.run !== "" && isShown(cell, run, state.outputs)) {
      // The cell already shows these outputs, from the file or from before.
      const { outputs } = state;
      this.shown.set(cell, { ...EMPTY, run: run.id, started: true, outputs, drawn: [...cell.outputs] });
      return;
    }
    const shown = this.prepare(cell, run, known);
    if (shown.execution === undefined) {
      if (this.shown.get(cell) !== shown || shown.outputs === state.outputs || areSame(shown.outputs, state.outputs)) {
        return;
      }
      // A finished run changed: late output arrived, or its outputs were cleared.
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
    // Without an execution, the run is shown once the notebook has its controller.
    if (execution !== undefined) {
      this.shown.set(cell, shown);
    }
    return shown;
  }

  /** Update an execution to the state of its run. */
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

  /** Count edits until VS Code confirms them. By then all of their events have arrived. */
  private trackEdits(cell: vscode.NotebookCell, shown: ShownRun, edits: readonly Thenable<void>[]): void {
    shown.pending += 1;
    void Promise.allSettled(edits).then(() => {
      shown.pending -= 1;
      if (this.shown.get(cell) === shown && !shown.restored) {
        this.restore([cell]);
      }
    });
  }

  /** Clear the outputs of a cell after they were cleared in the session. */
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
      // Another kernel was selected for the notebook, or the cell is being removed.
      this.log.debug(`Could not show a run in a notebook: ${String(error)}`);
      return undefined;
    }
  }
}

/** Return true if a cell already shows the outputs of a finished run. */
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

/** Return the text that was appended; undefined if the output changed in another way. */
function appendedText(before: Output, now: Output): string | undefined {
  if (before.kind !== "stream" || now.kind !== "stream" || now.tail !== undefined) {
    return undefined;
  }
  return now.text.startsWith(before.text) ? now.text.slice(before.text.length) : undefined;
}

/** Return true if both outputs show one widget. Only its text has changed, and drawing it again would disturb the user. */
function showSameWidget(before: Output, now: Output): boolean {
  if (before.kind === "stream" || before.kind === "error" || now.kind === "stream" || now.kind === "error") {
    return false;
  }
  const model = modelOf(now.data[WIDGET_VIEW]);
  return model !== undefined && model === modelOf(before.data[WIDGET_VIEW]);
}

/** Edit the changed outputs of an execution. New text is appended, because drawing a long text again is slow. */
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
    if (before !== undefined && known !== undefined && showSameWidget(before, output)) {
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
