/**
 * Runs as VS Code shows them in a notebook: pending, running, ended, with their outputs.
 *
 * Owns the executions of one notebook. Whoever began a run, a person here, one in the text editor or
 * in another editor, it is shown by the same way: from what the server tells of the cell.
 */
import * as vscode from "vscode";
import type { ShownCell } from "../../../panel/src/store";
import type { Output, Run } from "../protocol.gen";
import { shownOutput } from "./outputs";
import type { OutputMetadata } from "./types";

/** What a cell shows. */
interface Shown {
  /** The run; empty while the person's wish has not come to one. */
  run: string;
  execution: vscode.NotebookCellExecution | undefined;
  started: boolean;
  outputs: readonly Output[];
  drawn: vscode.NotebookCellOutput[];
}

const ENDED = new Set(["ok", "error", "cancelled", "lost"]);

export class Executions {
  private readonly shown = new Map<vscode.NotebookCell, Shown>();
  private readonly runs = new Set<string>();

  constructor(
    private readonly controller: vscode.NotebookController,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Whether a run is shown here. */
  has(run: string): boolean {
    return this.runs.has(run);
  }

  /** A person wants a cell to run: show that it waits. */
  wish(cell: vscode.NotebookCell): void {
    if (this.shown.get(cell)?.execution === undefined) {
      const execution = this.begun(cell);
      this.shown.set(cell, { run: "", execution, started: false, outputs: [], drawn: [] });
    }
  }

  /** What was wished for did not come to a run, as for an empty cell. */
  forget(cell: vscode.NotebookCell): void {
    const shown = this.shown.get(cell);
    if (shown?.run === "") {
      shown.execution?.end(undefined);
      this.shown.delete(cell);
    }
  }

  /** A person has cleared a cell's outputs in the notebook; tells whether the session has any. */
  cleared(cell: vscode.NotebookCell): boolean {
    const shown = this.shown.get(cell);
    if (shown === undefined || shown.execution !== undefined || shown.outputs.length === 0) {
      return false;
    }
    this.shown.delete(cell);
    return true;
  }

  /** Let go of cells that are gone. */
  removed(cells: readonly vscode.NotebookCell[]): void {
    for (const cell of cells) {
      this.shown.delete(cell);
    }
  }

  /** Show what the server tells of a cell. */
  update(cell: vscode.NotebookCell, told: ShownCell): void {
    const { run } = told;
    if (run === undefined) {
      this.clear(cell);
      return;
    }
    const known = this.shown.get(cell);
    if (known?.run !== run.id && known?.run !== "" && isShown(cell, run, told.outputs)) {
      // The file or an earlier look holds these very outputs: nothing is to be changed.
      this.shown.set(cell, { run: run.id, execution: undefined, started: true, outputs: told.outputs, drawn: [...cell.outputs] });
      return;
    }
    const shown = this.ready(cell, run, known);
    if (shown.execution === undefined) {
      if (this.shown.get(cell) !== shown || shown.outputs === told.outputs || same(shown.outputs, told.outputs)) {
        return;
      }
      // A run that had ended got more: what it printed to the very end, or its outputs were cleared.
      shown.execution = this.begun(cell);
      shown.started = false;
    }
    this.advance(shown, run, told.outputs);
  }

  private ready(cell: vscode.NotebookCell, run: Run, known: Shown | undefined): Shown {
    if (known?.run === run.id) {
      return known;
    }
    this.runs.add(run.id);
    if (known?.execution !== undefined && known.run !== "") {
      known.execution.end(undefined);
      known.execution = undefined;
    }
    const execution = known?.execution ?? this.begun(cell);
    const shown = { run: run.id, execution, started: false, outputs: [], drawn: [] };
    // What cannot be shown yet is shown as soon as the notebook has its controller.
    if (execution !== undefined) {
      this.shown.set(cell, shown);
    }
    return shown;
  }

  /** Bring an execution to where its run is. */
  private advance(shown: Shown, run: Run, outputs: readonly Output[]): void {
    const { execution } = shown;
    if (execution === undefined || run.state === "queued") {
      return;
    }
    if (!shown.started) {
      shown.started = true;
      execution.start(run.startedAt === undefined ? undefined : run.startedAt * 1000);
      shown.drawn = outputs.map((output) => shownOutput(output, run));
      void execution.replaceOutput(shown.drawn);
    } else {
      this.draw(shown, execution, run, outputs);
    }
    shown.outputs = outputs;
    execution.executionOrder = run.count;
    if (ENDED.has(run.state)) {
      const success = run.state === "ok" ? true : run.state === "cancelled" ? undefined : false;
      execution.end(success, run.endedAt === undefined ? undefined : run.endedAt * 1000);
      shown.execution = undefined;
    }
  }

  /** Draw what is new; what grew is added to, since drawing a long text again is what is slow. */
  private draw(shown: Shown, execution: vscode.NotebookCellExecution, run: Run, outputs: readonly Output[]): void {
    if (outputs.length < shown.outputs.length) {
      shown.drawn = outputs.map((output) => shownOutput(output, run));
      void execution.replaceOutput(shown.drawn);
      return;
    }
    for (const [at, output] of outputs.entries()) {
      const before = shown.outputs[at];
      const drawn = shown.drawn[at];
      if (before === output) {
        continue;
      }
      const made = shownOutput(output, run);
      if (before === undefined || drawn === undefined) {
        shown.drawn[at] = made;
        void execution.appendOutput(made);
        continue;
      }
      const added = growth(before, output);
      const mime = made.items[0]?.mime;
      if (added !== undefined && mime !== undefined) {
        void execution.appendOutputItems(vscode.NotebookCellOutputItem.text(added, mime), drawn);
      } else {
        void execution.replaceOutputItems(made.items, drawn);
      }
    }
  }

  /** Outputs of a run were cleared, by whomever. */
  private clear(cell: vscode.NotebookCell): void {
    const shown = this.shown.get(cell);
    if (shown === undefined || shown.run === "") {
      return;
    }
    this.shown.delete(cell);
    const execution = shown.execution ?? this.begun(cell);
    if (execution !== undefined) {
      if (!shown.started || shown.execution === undefined) {
        execution.start();
      }
      void execution.clearOutput();
      execution.executionOrder = undefined;
      execution.end(undefined);
    }
  }

  private begun(cell: vscode.NotebookCell): vscode.NotebookCellExecution | undefined {
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

function same(before: readonly Output[], now: readonly Output[]): boolean {
  return before.length === now.length && before.every((output, at) => output === now[at]);
}

/** Return what a text has grown by; undefined where it is not the old one with something added. */
function growth(before: Output, now: Output): string | undefined {
  if (before.kind !== "stream" || now.kind !== "stream" || now.tail !== undefined) {
    return undefined;
  }
  return now.text.startsWith(before.text) ? now.text.slice(before.text.length) : undefined;
}
