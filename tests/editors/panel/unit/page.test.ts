/** The parts of the page in a browser that need no browser. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Cell, Session } from "../../../../editor-extension/panel/src/protocol";
import { isEqual, CellStore, type ShownCell } from "../../../../editor-extension/panel/src/cellStore";
import { findAll, IN_SOURCE } from "../../../../editor-extension/panel/src/outputs/search";
import { documentTitle, fragmentOf, pathOfFragment, pathOfUri, queueWords } from "../../../../editor-extension/panel/src/page/documentWords";
import { validPreferences } from "../../../../editor-extension/panel/src/page/preferences";
import { tokenLines } from "../../../../editor-extension/panel/src/page/pythonTokens";
import { describeSession, shortNames } from "../../../../editor-extension/panel/src/page/sessionList";

const place = { line: 0, character: 0 };
function cell(id: string, index: number, more: Partial<ShownCell> = {}): ShownCell {
  return { id, index, kind: "code", title: "", range: { start: place, end: place }, anchor: place, outputs: [], ...more };
}
const run = (state: "running" | "queued", more = {}): NonNullable<Cell["run"]> => ({ id: "r", state, version: 1, ...more });

test("tokens give back the text, line by line, and know the words of Python", () => {
  const source = `%matplotlib inline\n@cache\ndef f(x=0x1F):\n    """A\n    # no comment"""\n    s = rb'it\\'s' + "un\n    return None  # yes\n'''open`;
  const lines = tokenLines(source);
  assert.equal(lines.map((line) => line.map(({ text }) => text).join("")).join("\n"), source);
  const kinds = lines.map((line) => line.flatMap(({ kind, text }) => (kind === undefined ? [] : [`${kind} ${text.trim()}`])));
  assert.deepEqual(kinds, [
    ["magic %matplotlib"],
    ["decorator @cache"],
    ["keyword def", "name f", "number 0x1F"],
    ['string """A'],
    ['string # no comment"""'],
    ["string rb'it\\'s'", 'string "un'],
    ["keyword return", "constant None", "comment # yes"],
    ["string '''open"],
  ]);
  assert.deepEqual(tokenLines(""), [[]]);
  // A word is never taken apart.
  assert.deepEqual(tokenLines("imports = for_ + x1"), [[{ kind: undefined, text: "imports = for_ + x1" }]]);
});

test("any text of 200 kB is split in linear time", () => {
  for (const part of ['"""', "'\\", "x", "#", "(", "rb\"", "1."]) {
    const source = part.repeat(200_000 / part.length);
    assert.equal(tokenLines(source).flat().map(({ text }) => text).join(""), source);
  }
});

test("the title of the tab and the queue are in words", () => {
  const cells = [cell("a", 0), cell("b", 1, { run: run("running") }), cell("c", 2, { run: run("queued") })];
  assert.equal(queueWords(cells), "cell 2 of 3 is running, 1 in the queue");
  assert.equal(queueWords([cell("a", 0)]), "");
  assert.equal(documentTitle("x.py", { state: "busy" }, cells), "● running x.py");
  assert.equal(documentTitle("x.py", { state: "idle" }, []), "x.py");
  assert.equal(documentTitle("x.py", { state: "busy" }, [cell("a", 0, { run: run("running", { waiting: { prompt: "" } }) })]), "● waits for input x.py");
  assert.equal(documentTitle("", { state: "absent" }, []), "Cellbridge");
});

test("the fragment of the address names the script", () => {
  for (const path of ["/home/ada/a b#c?d/ä%.py", "C:\\work\\x.py", ""]) assert.equal(pathOfFragment(fragmentOf(path)), path);
  assert.equal(pathOfFragment("#%E0%A4%A"), "");
  assert.equal(pathOfUri("file:///home/a%20b/x.py"), "/home/a b/x.py");
  assert.equal(pathOfUri("file:///C:/work/x.py"), "C:/work/x.py");
  assert.equal(pathOfUri("untitled:x"), "");
  assert.equal(pathOfUri("file:///%E0%A4%A"), "");
});

test("stored choices that are not valid are ignored", () => {
  assert.deepEqual(validPreferences({ theme: "dark", code: false, follow: "yes", more: 1 }), { theme: "dark", code: false });
  assert.deepEqual(validPreferences([]), {});
  assert.deepEqual(validPreferences(null), {});
});

test("sessions have short names that differ, and words", () => {
  assert.deepEqual(shortNames(["/a/x.py", "/b/x.py", "/b/y.py", "x"]), ["a/x.py", "b/x.py", "y.py", "x"]);
  assert.deepEqual(shortNames(["/a/x.py", "/a/x.py"]), ["/a/x.py", "/a/x.py"]);
  const session: Session = { uri: "u", name: "/a/x.py", kernel: "python3", state: "busy", clients: ["Neovim", "Browser"], memory: 3e8, runningSince: 90 };
  assert.equal(describeSession(session, 100).replaceAll("\u00a0", " "), "busy for 10 s · Neovim · 300 MB");
});

test("search goes through texts of cells and outputs", () => {
  const cells = [cell("a", 0, { outputs: [{ kind: "stream", name: "stdout", text: "one\nTwo two\n", chars: 12, lines: 2 }] })];
  assert.deepEqual(findAll(cells, "two", () => "x\ntwo = 2"), [
    { cell: "a", output: IN_SOURCE, line: 1 },
    { cell: "a", output: 0, line: 1 },
  ]);
});

test("equal outputs of a document that is loaded again stay the same objects", () => {
  const store = new CellStore();
  const cells = (): Cell[] => [cell("a", 0, { outputs: [{ kind: "display", data: { "application/json": [1, { x: null }] } }] })];
  const load = (given: Cell[]): void => store.load({ uri: "u", version: 1, kernel: { state: "idle" }, cells: given });
  load(cells());
  const before = store.get("a")?.outputs[0];
  load(cells());
  assert.equal(store.get("a")?.outputs[0], before);
  load([cell("a", 0, { outputs: [{ kind: "display", data: { "application/json": [1, { x: 2 }] } }] })]);
  assert.notEqual(store.get("a")?.outputs[0], before);
});

test("values are compared by their content, however deep", () => {
  const deep = (): unknown => JSON.parse("[".repeat(3000) + "]".repeat(3000));
  assert.ok(isEqual(deep(), deep()));
  assert.ok(!isEqual({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!isEqual([1], { 0: 1 }));
  assert.ok(!isEqual(null, {}));
});
