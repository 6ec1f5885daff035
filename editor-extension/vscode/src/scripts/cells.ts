/**
 * The cells of one script, as the server has told of them.
 *
 * Owns taking over what the server sends. It must not know VS Code, so that tests need none.
 */
import { outputsOf } from "../../../panel/src/store";
import type { Cell, CellsChangedParams, CellsResult, Kernel, Output } from "../protocol.gen";
import { Edits } from "./edits";

/** One cell as it is known here; `first` and `anchor` are lines that follow the edits. */
export interface KnownCell extends Cell {
  outputs: Output[];
  /** Its first line now. */
  first: number;
  /** Its last line of code now. */
  last: number;
}

/** What one message changed. */
export interface Change {
  /** Cells that are new or not as they were, each with what was known of it before. */
  changed: { cell: KnownCell; before: KnownCell | undefined }[];
  removed: string[];
}

/** All cells of a script by id, and its kernel. */
export class Cells {
  readonly edits = new Edits();
  kernel: Kernel = { state: "absent" };
  private readonly known = new Map<string, KnownCell>();

  /** The cells in the order of the script. */
  get ordered(): KnownCell[] {
    return [...this.known.values()].sort((a, b) => a.first - b.first);
  }

  get(id: string): KnownCell | undefined {
    return this.known.get(id);
  }

  /** Return the cell that holds a line: the last one that begins at it or above. */
  at(line: number): KnownCell | undefined {
    const all = this.ordered;
    return all.filter((cell) => cell.first <= line).at(-1) ?? all[0];
  }

  /** Return the cell after one, in the order of the script. */
  after(cell: KnownCell): KnownCell | undefined {
    return this.ordered.find((one) => one.first > cell.first);
  }

  /** Take what has changed. */
  change(params: CellsChangedParams): Change {
    const removed = (params.removed ?? []).filter((id) => this.known.delete(id));
    const changed = params.cells.map((cell) => this.take(cell, params.version));
    return { changed, removed };
  }

  /** Take all there is. */
  replace(result: CellsResult): Change {
    const present = new Set(result.cells.map((cell) => cell.id));
    const removed = [...this.known.keys()].filter((id) => !present.has(id));
    for (const id of removed) {
      this.known.delete(id);
    }
    this.kernel = result.kernel;
    return { changed: result.cells.map((cell) => this.take(cell, result.version)), removed };
  }

  /** Follow an edit of the text. */
  edited(version: number, edits: Parameters<Edits["note"]>[1], move: (line: number) => number): void {
    this.edits.note(version, edits);
    for (const cell of this.known.values()) {
      cell.first = move(cell.first);
      cell.last = Math.max(cell.first, move(cell.last));
    }
  }

  private take(given: Cell, version: number): Change["changed"][number] {
    const before = this.known.get(given.id);
    const first = this.edits.now(given.range.start.line, version);
    const cell: KnownCell = {
      ...given,
      outputs: outputsOf(before?.outputs ?? [], given),
      first,
      last: Math.max(first, this.edits.now(given.anchor.line, version)),
    };
    this.known.set(given.id, cell);
    return { cell, before };
  }
}
