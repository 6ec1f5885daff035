/**
 * The cells of a document with their outputs, from the server's messages.
 *
 * Owns the merging of changes into the known state. It draws nothing.
 */

import type {
  Cell,
  CellsChangedParams,
  CellsResult,
  Kernel,
  Output,
  Run,
  SelectionRun,
  TextAppend,
  TextOutput,
} from "./protocol";

/** A cell, or a run of selected lines of it, with all of its outputs. */
export type ShownCell = Cell & {
  outputs: Output[];
  /** The id of the cell, for a run of selected lines. */
  partOf?: string;
};

export class CellStore {
  uri = "";
  version = 0;
  kernel: Kernel = { state: "absent" };
  private cells = new Map<string, ShownCell>();

  /** Replace the state by that of a document. */
  load(result: CellsResult): void {
    this.uri = result.uri;
    this.version = result.version;
    this.kernel = result.kernel;
    this.cells = new Map(result.cells.map((cell) => [cell.id, withOutputs(cell, undefined)]));
  }

  /** Apply a change. Return the ids of the changed cells. */
  apply(params: CellsChangedParams): Set<string> {
    const changed = new Set<string>(params.removed);
    if (params.uri !== this.uri) return new Set();
    this.version = params.version;
    for (const id of params.removed ?? []) this.cells.delete(id);
    for (const cell of params.cells) {
      const now = withOutputs(cell, this.cells.get(cell.id));
      this.cells.set(cell.id, now);
      for (const one of [now, ...partsOf(now)]) changed.add(one.id);
    }
    return changed;
  }

  get(id: string): ShownCell | undefined {
    const cell = this.cells.get(id);
    if (cell !== undefined) return cell;
    const owner = this.cells.get(id.slice(0, Math.max(0, id.lastIndexOf("/"))));
    return owner === undefined ? undefined : partsOf(owner).find((part) => part.id === id);
  }

  /** All cells, in the order of the document, each followed by the runs of selected lines in it. */
  ordered(): ShownCell[] {
    const cells = [...this.cells.values()].sort((one, other) => one.index - other.index);
    return cells.flatMap((cell) => [cell, ...partsOf(cell)]);
  }
}

/** Return the runs of selected lines of a cell. */
function partsOf(cell: ShownCell): ShownCell[] {
  return (cell.selections ?? []).map((selection) => ({ ...asCell(cell, selection), partOf: cell.id }));
}

/** Return a run of selected lines in the form of a cell of its own. */
export function asCell(cell: Cell, selection: SelectionRun): Cell & { outputs: Output[] } {
  return {
    ...cell,
    ...selection,
    fresh: selection.fresh ?? false,
    mark: selection.mark ?? "",
    id: `${cell.id}/${selection.run.id}`,
    outputs: selection.outputs ?? [],
    selections: [],
  };
}

function withOutputs(cell: Cell, before: ShownCell | undefined): ShownCell {
  return { ...cell, outputs: mergeOutputs(before?.outputs ?? [], cell) };
}

/** Return the agent that requested a run; empty if the user did. */
export function authorOf(run: Run | undefined): string {
  return run?.agent === true ? (run.client ?? "") : "";
}

/** Merge the known outputs of a cell with a change of them. */
export function mergeOutputs(before: readonly Output[], given: Cell): Output[] {
  const kept = before.slice(0, given.keptOutputs ?? 0);
  for (const growth of given.extended ?? []) {
    const old = kept[growth.output];
    if (old?.kind === "stream") kept[growth.output] = appendText(old, growth);
  }
  return [...kept, ...(given.outputs ?? [])];
}

/** Return the extended text as a new object, so that views detect the change. */
function appendText(old: TextOutput, growth: TextAppend): TextOutput {
  const { kind, name } = old;
  const { chars, lines, tail } = growth;
  const text = old.text.slice(0, old.text.length - (growth.drop ?? 0)) + growth.text;
  return { kind, name, text, chars, lines, ...(tail === undefined ? {} : { tail }) };
}
