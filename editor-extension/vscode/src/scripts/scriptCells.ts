/**
 * The cells of one script.
 *
 * Owns their state, from the server's messages and the edits since. It must not import VS Code, so that
 * its tests need none.
 */
import { asCell, mergeOutputs } from "../../../panel/src/cellStore";
import type { Cell, CellsChangedParams, CellsResult, Kernel, Output, SelectionRun } from "../protocol.gen";
import { LineEdits } from "./lineEdits";

/** One cell with its current lines. */
export interface KnownCell extends Cell {
  outputs: Output[];
  /** The current first line. */
  first: number;
  /** The current last line of code. */
  last: number;
  /** The runs of selected lines, each drawn like a cell of its own at these lines. */
  parts: KnownCell[];
}

/** The changes that one message made. */
export interface CellsChange {
  /** New and changed cells, each with its previous state. */
  changed: { cell: KnownCell; before: KnownCell | undefined }[];
  removed: string[];
}

/** All cells of a script by id, and its kernel. */
export class ScriptCells {
  readonly edits = new LineEdits();
  kernel: Kernel = { state: "absent" };
  private readonly cells = new Map<string, KnownCell>();

  /** The cells in the order of the script. */
  get ordered(): KnownCell[] {
    return [...this.cells.values()].sort((a, b) => a.first - b.first);
  }

  /** The cells in the order of the script, each followed by the runs of selected lines in it. */
  get drawn(): KnownCell[] {
    return this.ordered.flatMap((cell) => [cell, ...cell.parts]);
  }

  get(id: string): KnownCell | undefined {
    return this.cells.get(id);
  }

  /** Return the cell that contains a line: the last one that starts at or above it. */
  at(line: number): KnownCell | undefined {
    const all = this.ordered;
    return all.filter((cell) => cell.first <= line).at(-1) ?? all[0];
  }

  /** Return the cell after one, in the order of the script. */
  after(cell: KnownCell): KnownCell | undefined {
    return this.ordered.find((one) => one.first > cell.first);
  }

  /** Apply a notification of changed cells. */
  applyChange(params: CellsChangedParams): CellsChange {
    const removed = (params.removed ?? []).filter((id) => this.cells.delete(id));
    const changed = params.cells.map((cell) => this.updateCell(cell, params.version));
    return { changed, removed };
  }

  /** Replace all cells by the result of a request. */
  replaceAll(result: CellsResult): CellsChange {
    const present = new Set(result.cells.map((cell) => cell.id));
    const removed = [...this.cells.keys()].filter((id) => !present.has(id));
    for (const id of removed) {
      this.cells.delete(id);
    }
    this.kernel = result.kernel;
    return { changed: result.cells.map((cell) => this.updateCell(cell, result.version)), removed };
  }

  /** Move the cells after edits of the text. */
  applyEdits(version: number, edits: Parameters<LineEdits["record"]>[1], move: (line: number) => number): void {
    this.edits.record(version, edits);
    for (const cell of this.drawn) {
      cell.first = move(cell.first);
      cell.last = Math.max(cell.first, move(cell.last));
    }
  }

  private updateCell(given: Cell, version: number): CellsChange["changed"][number] {
    const before = this.cells.get(given.id);
    const first = this.edits.currentLine(given.range.start.line, version);
    const cell: KnownCell = {
      ...given,
      outputs: mergeOutputs(before?.outputs ?? [], given),
      first,
      last: Math.max(first, this.edits.currentLine(given.anchor.line, version)),
      parts: (given.selections ?? []).map((selection) => this.partOf(given, selection, version)),
    };
    this.cells.set(given.id, cell);
    return { cell, before };
  }

  private partOf(cell: Cell, selection: SelectionRun, version: number): KnownCell {
    const first = this.edits.currentLine(selection.range.start.line, version);
    return {
      ...asCell(cell, selection),
      parts: [],
      first,
      last: Math.max(first, this.edits.currentLine(selection.anchor.line, version)),
    };
  }
}
