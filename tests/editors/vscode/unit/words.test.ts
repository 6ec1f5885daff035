import * as assert from "node:assert/strict";
import type { Output, Run } from "../../../../editor-extension/vscode/src/protocol.gen";
import * as words from "../../../../editor-extension/vscode/src/outputs/words";

const ok: Run = { id: "r", state: "ok", version: 1, startedAt: 10, endedAt: 12.5 };
const stream = (text: string): Output => ({
  kind: "stream",
  name: "stdout",
  text,
  chars: text.length,
  lines: text.split("\n").length - 1,
});
const result = (text: string, more: Record<string, unknown> = {}): Output => ({
  kind: "result",
  data: { "text/plain": text, ...more },
});

describe("runs in words", () => {
  it("say durations as people do", () => {
    const said = [0.0001, 0.0523, 2.46, 9.96, 59.6, 3725].map(words.duration);
    assert.deepEqual(said, ["1 ms", "52 ms", "2.5 s", "10 s", "1 min 0 s", "1 h 2 min"]);
  });

  it("say a short result whole and a long one cut", () => {
    assert.equal(words.brief(ok, [result("42")], 20), "42");
    assert.equal(words.brief(ok, [result("x".repeat(50))], 10), "xxxxxxxxx…");
    assert.equal(words.brief(ok, [result("[1,\n 2]")], 20), "[1, … (2 lines)");
  });

  it("say the last line of what is printed, without its colours and its progress", () => {
    assert.equal(words.brief(ok, [stream("one\n\u001b[31mtwo\u001b[0m\n")], 20), "two (2 lines)");
    assert.equal(words.brief(ok, [stream("10%\r100%")], 20), "100%");
  });

  it("cut between characters that people see as one", () => {
    assert.equal(words.cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
  });

  it("say what a cell waits for and why it was lost", () => {
    const waiting: Run = { ...ok, state: "running", waiting: { prompt: "Who? " } };
    assert.equal(words.brief(waiting, [], 40), "waits for input: Who? ");
    assert.equal(words.brief({ ...ok, state: "lost", note: "It was killed." }, [], 40), "It was killed.");
  });

  it("give room below to what a line does not hold", () => {
    assert.ok(words.isBrief([], 80));
    assert.ok(words.isBrief([result("42")], 80));
    assert.ok(words.isBrief([stream("one line\n")], 80));
    assert.ok(!words.isBrief([stream("two\nlines\n")], 80));
    assert.ok(!words.isBrief([result("frame", { "text/html": "<table></table>" })], 80));
    assert.ok(!words.isBrief([result("fig", { "image/png": "iVBOR" })], 80));
    assert.ok(!words.isBrief([{ kind: "error", name: "KeyError", message: "'a'" }], 80));
  });

  it("head a zone by what is in it", () => {
    assert.equal(words.headline([stream("a\nb\n")]), "2 lines");
    assert.equal(
      words.headline([stream("a"), { kind: "error", name: "KeyError", message: "'a'" }]),
      "KeyError: 'a'",
    );
    const frame = result("   a\n\n[9 rows x 2 columns]", { "text/html": "<table>" });
    assert.equal(words.headline([frame]), "table, 9 × 2");
  });

  it("show a stream's end, and how much is above it", () => {
    const output = { kind: "stream", name: "stdout", text: "", tail: "8\n9\n", chars: 20, lines: 9 } as const;
    assert.deepEqual(words.ending(output, 1), { lines: ["9"], before: 8 });
  });

  it("say sizes as people do", () => {
    assert.deepEqual([0, 999, 1500, 24_000_000].map(words.bytes), ["0 bytes", "999 bytes", "1.5 kB", "24.0 MB"]);
  });
});
