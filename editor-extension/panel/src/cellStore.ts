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
  /** The ids of the cells in the order of the document; undefined after a change of the order. */
  private order: string[] | undefined;

  /** Replace the state by that of a document. Outputs that are equal stay the same objects, so that they are not drawn again. */
  load(result: CellsResult): void {
    const known = result.uri === this.uri ? this.cells : new Map<string, ShownCell>();
    this.uri = result.uri;
    this.version = result.version;
    this.kernel = result.kernel;
    this.cells = new Map(
      result.cells.map((cell) => {
        const now = withOutputs(cell, undefined);
        const before = known.get(cell.id)?.outputs ?? [];
        now.outputs = now.outputs.map((output, index) => (isEqual(output, before[index]) ? (before[index] as Output) : output));
        return [cell.id, now];
      }),
    );
    this.order = undefined;
  }

  /** Apply a change. Return the ids of the changed cells. */
  apply(params: CellsChangedParams): Set<string> {
    const changed = new Set<string>(params.removed);
    if (params.uri !== this.uri) return new Set();
    this.version = params.version;
    for (const id of params.removed ?? []) this.cells.delete(id);
    if (params.removed !== undefined && params.removed.length > 0) this.order = undefined;
    for (const cell of params.cells) {
      const before = this.cells.get(cell.id);
      if (before?.index !== cell.index) this.order = undefined;
      const now = withOutputs(cell, before);
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
    this.order ??= [...this.cells.values()].sort((one, other) => one.index - other.index).map((cell) => cell.id);
    const ordered: ShownCell[] = [];
    for (const id of this.order) {
      const cell = this.cells.get(id);
      if (cell === undefined) continue;
      ordered.push(cell);
      if (cell.selections !== undefined && cell.selections.length > 0) ordered.push(...partsOf(cell));
    }
    return ordered;
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

/** Compare JSON values, however deep they are. */
export function isEqual(first: unknown, second: unknown): boolean {
  const pairs: [unknown, unknown][] = [[first, second]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [one, other] = pair;
    if (one === other) continue;
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
    const entries = Object.entries(one);
    if (Array.isArray(one) !== Array.isArray(other) || entries.length !== Object.keys(other).length) return false;
    for (const [key, value] of entries) pairs.push([value, (other as Record<string, unknown>)[key]]);
  }
  return true;
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
