import * as assert from "node:assert/strict";
import { LineEdits, moveLine } from "../../../../editor-extension/vscode/src/scripts/lineEdits";

const insert = (line: number, added: number, atStart = true) => ({ line, atStart, removed: 0, added });

describe("lines after edits", () => {
  it("go down below lines that have come, and stay above them", () => {
    assert.equal(moveLine(5, insert(2, 3)), 8);
    assert.equal(moveLine(1, insert(2, 3)), 1);
  });

  it("go with what is put at their very start, and stay where it is put behind", () => {
    assert.equal(moveLine(2, insert(2, 1)), 3);
    assert.equal(moveLine(2, insert(2, 1, false)), 2);
  });

  it("go up where lines above are gone, and to the edit where they are gone themselves", () => {
    const gone = { line: 2, atStart: true, removed: 3, added: 0 };
    assert.equal(moveLine(9, gone), 6);
    assert.equal(moveLine(5, gone), 2);
    assert.equal(moveLine(3, gone), 2);
  });

  it("are found for a version that the server knew", () => {
    const edits = new LineEdits();
    edits.record(2, [insert(0, 2)]);
    edits.record(3, [insert(0, 1)]);
    assert.equal(edits.currentLine(4, 1), 7);
    assert.equal(edits.currentLine(4, 2), 5);
    assert.equal(edits.currentLine(4, 3), 4);
  });
});
