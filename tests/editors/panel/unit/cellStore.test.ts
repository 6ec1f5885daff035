/** Cells put together from what the server sends. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Cell, Output } from "../../../../editor-extension/panel/src/protocol";
import { authorOf, CellStore } from "../../../../editor-extension/panel/src/cellStore";

const place = { line: 0, character: 0 };

function cell(id: string, index: number, more: Partial<Cell> = {}): Cell {
  return { id, index, kind: "code", title: "", range: { start: place, end: place }, anchor: place, ...more };
}
function printed(text: string, tail?: string): Output {
  const sizes = { chars: text.length, lines: 0 };
  return { kind: "stream", name: "stdout", text, ...sizes, ...(tail === undefined ? {} : { tail }) };
}
function filled(...cells: Cell[]): CellStore {
  const store = new CellStore();
  store.load({ uri: "u", version: 1, kernel: { state: "idle" }, cells });
  return store;
}
const texts = (store: CellStore, id: string): string[] =>
  store.get(id)?.outputs.map((output) => (output.kind === "stream" ? output.text + (output.tail ?? "") : output.kind)) ?? [];

test("cells stand in the document's order and can go", () => {
  const store = filled(cell("a", 0), cell("b", 1));
  store.apply({ uri: "u", version: 2, cells: [cell("c", 1), cell("b", 2)] });
  assert.deepEqual(store.ordered().map(({ id }) => id), ["a", "c", "b"]);
  assert.deepEqual([...store.apply({ uri: "u", version: 3, cells: [], removed: ["a"] })], ["a"]);
  assert.equal(store.get("a"), undefined);
});

test("runs of selected lines follow their cell", () => {
  const part = (id: string) => ({ range: { start: place, end: place }, anchor: place, run: { id, state: "ok" as const, version: 1 } });
  const store = filled(cell("a", 0, { selections: [part("1")], fresh: true }), cell("b", 1));
  assert.deepEqual(store.ordered().map(({ id, partOf, fresh }) => [id, partOf, fresh]), [
    ["a", undefined, true],
    ["a/1", "a", false],
    ["b", undefined, undefined],
  ]);
  const changed = store.apply({ uri: "u", version: 2, cells: [cell("a", 0, { selections: [part("2")] })] });
  assert.deepEqual([...changed], ["a", "a/2"]);
  assert.equal(store.get("a/2")?.run?.id, "2");
  assert.equal(store.get("a/1"), undefined);
});

test("kept outputs stay, new ones follow", () => {
  const store = filled(cell("a", 0, { outputs: [printed("1"), printed("2")] }));
  store.apply({ uri: "u", version: 1, cells: [cell("a", 0, { keptOutputs: 1, outputs: [printed("3")] })] });
  assert.deepEqual(texts(store, "a"), ["1", "3"]);
});

test("a text grows at its end, and takes back what a carriage return took back", () => {
  const store = filled(cell("a", 0, { outputs: [printed("10 %")] }));
  const before = store.get("a")?.outputs[0];
  const extended = [{ output: 0, text: "20 %", drop: 4, chars: 4, lines: 0 }];
  store.apply({ uri: "u", version: 1, cells: [cell("a", 0, { keptOutputs: 1, extended })] });
  assert.deepEqual(texts(store, "a"), ["20 %"]);
  assert.notEqual(store.get("a")?.outputs[0], before);
});

test("a tail is replaced, not added to", () => {
  const store = filled(cell("a", 0, { outputs: [printed("head", "old")] }));
  const extended = [{ output: 0, text: "", chars: 99, lines: 9, tail: "new" }];
  store.apply({ uri: "u", version: 1, cells: [cell("a", 0, { keptOutputs: 1, extended })] });
  assert.deepEqual(texts(store, "a"), ["headnew"]);
});

test("news of another document change nothing", () => {
  const store = filled(cell("a", 0));
  assert.equal(store.apply({ uri: "other", version: 9, cells: [], removed: ["a"] }).size, 0);
  assert.notEqual(store.get("a"), undefined);
});

test("a run has an author if an agent has requested it", () => {
  const run = { id: "r", state: "ok", version: 1, client: "Claude" } as const;
  assert.equal(authorOf(run), "");
  assert.equal(authorOf({ ...run, agent: true }), "Claude");
  assert.equal(authorOf(undefined), "");
});
