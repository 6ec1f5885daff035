/**
 * The cells of the document that is shown, from the server's messages.
 *
 * Owns putting changes together with what was sent before. It draws nothing.
 */

import type {
  Cell,
  CellsChangedParams,
  CellsResult,
  Kernel,
  Output,
  TextAppend,
  TextOutput,
} from "./protocol";

/** A cell with all of its outputs. */
export type ShownCell = Cell & { outputs: Output[] };

export class CellStore {
  uri = "";
  version = 0;
  kernel: Kernel = { state: "absent" };
  private cells = new Map<string, ShownCell>();

  /** Take in a document as it stands. */
  load(result: CellsResult): void {
    this.uri = result.uri;
    this.version = result.version;
    this.kernel = result.kernel;
    this.cells = new Map(result.cells.map((cell) => [cell.id, withOutputs(cell, undefined)]));
  }

  /** Take in what changed; returns the ids of the cells to look at again. */
  apply(params: CellsChangedParams): Set<string> {
    const changed = new Set<string>(params.removed);
    if (params.uri !== this.uri) return new Set();
    this.version = params.version;
    for (const id of params.removed ?? []) this.cells.delete(id);
    for (const cell of params.cells) {
      this.cells.set(cell.id, withOutputs(cell, this.cells.get(cell.id)));
      changed.add(cell.id);
    }
    return changed;
  }

  get(id: string): ShownCell | undefined {
    return this.cells.get(id);
  }

  /** All cells, in the order of the document. */
  ordered(): ShownCell[] {
    return [...this.cells.values()].sort((one, other) => one.index - other.index);
  }
}

function withOutputs(cell: Cell, before: ShownCell | undefined): ShownCell {
  return { ...cell, outputs: mergeOutputs(before?.outputs ?? [], cell) };
}

/** Return a cell's outputs, of those that were sent before and what has come. */
export function mergeOutputs(before: readonly Output[], given: Cell): Output[] {
  const kept = before.slice(0, given.keptOutputs ?? 0);
  for (const growth of given.extended ?? []) {
    const old = kept[growth.output];
    if (old?.kind === "stream") kept[growth.output] = appendText(old, growth);
  }
  return [...kept, ...(given.outputs ?? [])];
}

/** Return a text as it went on; a new object, so that who drew the old one sees that it changed. */
function appendText(old: TextOutput, growth: TextAppend): TextOutput {
  const { kind, name } = old;
  const { chars, lines, tail } = growth;
  const text = old.text.slice(0, old.text.length - (growth.drop ?? 0)) + growth.text;
  return { kind, name, text, chars, lines, ...(tail === undefined ? {} : { tail }) };
}
