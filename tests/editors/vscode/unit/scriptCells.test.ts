import * as assert from "node:assert/strict";
import { mergeOutputs } from "../../../../editor-extension/panel/src/cellStore";
import type { Cell, Output } from "../../../../editor-extension/vscode/src/protocol.gen";
import { ScriptCells } from "../../../../editor-extension/vscode/src/scripts/scriptCells";

function cell(id: string, first: number, more: Partial<Cell> = {}): Cell {
  return {
    id,
    index: 0,
    kind: "code",
    title: "",
    range: { start: { line: first, character: 0 }, end: { line: first + 3, character: 0 } },
    anchor: { line: first + 1, character: 4 },
    ...more,
  };
}

const text = (value: string): Output => ({
  kind: "stream",
  name: "stdout",
  text: value,
  chars: value.length,
  lines: 0,
});

describe("cells as the server tells of them", () => {
  it("keep what is kept, and take what has come after it", () => {
    const before = [text("a"), text("b")];
    const outputs = mergeOutputs(before, cell("c", 0, { keptOutputs: 1, outputs: [text("new")] }));
    assert.deepEqual(outputs, [text("a"), text("new")]);
  });

  it("grow a text by what came, after taking back what a carriage return has", () => {
    const extended = [{ output: 0, text: "99%", chars: 7, lines: 0, drop: 3 }];
    const [grown] = mergeOutputs([text("at 98%")], cell("c", 0, { keptOutputs: 1, extended }));
    assert.deepEqual(grown, { ...text("at 99%"), chars: 7 });
  });

  it("follow edits that the server has not seen yet", () => {
    const cells = new ScriptCells();
    cells.applyEdits(2, [{ line: 0, atStart: true, removed: 0, added: 2 }], (line) => line + 2);
    cells.applyChange({ uri: "", version: 1, cells: [cell("a", 0), cell("b", 4)] });
    assert.deepEqual(
      cells.ordered.map(({ id, first, last }) => [id, first, last]),
      [
        ["a", 2, 3],
        ["b", 6, 7],
      ],
    );
    assert.equal(cells.at(5)?.id, "a");
    assert.equal(cells.at(6)?.id, "b");
  });

  it("hold the runs of selected lines, which move with them", () => {
    const cells = new ScriptCells();
    const start = { line: 2, character: 0 };
    const selections = [
      { range: { start, end: start }, anchor: start, run: { id: "r", state: "ok" as const, version: 1 }, mark: "selection" },
    ];
    cells.applyChange({ uri: "", version: 1, cells: [cell("a", 0, { fresh: true, mark: "", selections })] });
    cells.applyEdits(2, [{ line: 0, atStart: true, removed: 0, added: 2 }], (line) => line + 2);
    assert.deepEqual(
      cells.drawn.map(({ id, first, last, fresh, mark }) => [id, first, last, fresh, mark]),
      [
        ["a", 2, 3, true, ""],
        ["a/r", 4, 4, false, "selection"],
      ],
    );
  });

  it("tell what was known before, and what is gone", () => {
    const cells = new ScriptCells();
    cells.applyChange({ uri: "", version: 1, cells: [cell("a", 0), cell("b", 4)] });
    const told = cells.replaceAll({
      uri: "",
      version: 1,
      kernel: { state: "idle" },
      cells: [cell("b", 4, { title: "new" })],
    });
    assert.deepEqual(told.removed, ["a"]);
    assert.equal(told.changed[0]?.before?.title, "");
    assert.equal(cells.kernel.state, "idle");
  });
});
