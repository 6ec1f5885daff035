import * as assert from "node:assert/strict";
import { namesAbove } from "../../../../editor-extension/vscode/src/debugging/pythonNames";

/** Return the names on each line from `first` to `last`. */
function names(text: string, last: number, first = 0): string[] {
  return namesAbove(text.split("\n"), first, last).map(({ name, line }) => `${line} ${name}`);
}

describe("names with values at the ends of lines", () => {
  it("are variables, and not attributes, calls, keywords or keyword arguments", () => {
    const text = "total = f(rate, key=rate2) + item.size\nif total == 3 and not done: pass";
    assert.deepEqual(names(text, 1), ["0 total", "0 rate", "0 rate2", "0 item", "1 total", "1 done"]);
  });

  it("are not in strings and comments", () => {
    const text = "a = 'b' # c\nd = \"\"\"e\nf = 1\n\"\"\"; g = r'\\'h'\ni = 'j";
    assert.deepEqual(names(text, 4), ["0 a", "1 d", "3 g", "4 i"]);
  });

  it("have the column of their first use", () => {
    assert.deepEqual(namesAbove(["", "  é = ü + é"], 0, 1), [
      { name: "é", line: 1, character: 2 },
      { name: "ü", line: 1, character: 6 },
    ]);
  });

  it("are those of the function that has stopped", () => {
    const text = "x = 1\ndef f(a):\n    if a:\n        b = a\n    c = b\ny = 2";
    assert.deepEqual(names(text, 3), ["1 a", "2 a", "3 b", "3 a"]);
    assert.deepEqual(names(text, 0), ["0 x"]);
  });

  it("begin with the cell, and end with the stop", () => {
    assert.deepEqual(names("a = 1\n# %%\nb = 2\nc = 3\nd = 4", 3, 1), ["2 b", "3 c"]);
  });
});
