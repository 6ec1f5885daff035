import * as assert from "node:assert/strict";
import type { Output, Run } from "../../../../editor-extension/vscode/src/protocol.gen";
import * as outputText from "../../../../editor-extension/vscode/src/outputs/outputText";

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

describe("runs as text", () => {
  it("say durations as people do", () => {
    const said = [0.0001, 0.0523, 2.46, 9.96, 59.6, 3725].map(outputText.formatDuration);
    assert.deepEqual(said, ["1 ms", "52 ms", "2.5 s", "10 s", "1 min 0 s", "1 h 2 min"]);
  });

  it("say a short result whole and a long one cut", () => {
    assert.equal(outputText.summarizeRun(ok, [result("42")], 20), "42");
    assert.equal(outputText.summarizeRun(ok, [result("x".repeat(50))], 10), "xxxxxxxxx…");
    assert.equal(outputText.summarizeRun(ok, [result("[1,\n 2]")], 20), "[1, … (2 lines)");
  });

  it("say the last line of what is printed, without its colours and its progress", () => {
    assert.equal(outputText.summarizeRun(ok, [stream("one\n\u001b[31mtwo\u001b[0m\n")], 20), "two (2 lines)");
    assert.equal(outputText.summarizeRun(ok, [stream("10%\r100%")], 20), "100%");
  });

  it("say how a run has ended that is no failure", () => {
    const stopped: Run = { ...ok, state: "error", interrupted: true };
    assert.equal(outputText.summarizeRun(stopped, [stream("traceback")], 40), "interrupted");
    assert.equal(outputText.runStatus(stopped, true), "muted");
    assert.equal(outputText.summarizeRun({ ...ok, exitCode: 0 }, [], 40), "exited");
    assert.equal(outputText.summarizeRun({ ...ok, exitCode: 0 }, [result("42")], 40), "42");
  });

  it("name a chart, which only a page draws", () => {
    const text = "<VegaLite 6 object>\n\nIf you see this message, it means the renderer has not been enabled\n";
    const chart = result(text, { "application/vnd.vegalite.v6.json": {} });
    assert.equal(outputText.summarizeRun(ok, [chart], 40), "Vega chart");
    const slider = result("x: 7", { "application/vnd.jupyter.widget-view+json": {} });
    assert.equal(outputText.summarizeRun(ok, [slider], 40), "x: 7 (widget)");
    const stand = result("<IPython.core.display.HTML object>", { "text/html": "<b>bold</b> &amp; <i>more</i>" });
    assert.equal(outputText.summarizeRun(ok, [stand], 40), "bold & more");
  });

  it("cut between characters that people see as one", () => {
    assert.equal(outputText.truncate("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
  });

  it("say what a cell waits for and why it was lost", () => {
    const waiting: Run = { ...ok, state: "running", waiting: { prompt: "Who? " } };
    assert.equal(outputText.summarizeRun(waiting, [], 40), "waits for input: Who? ");
    assert.equal(outputText.summarizeRun({ ...ok, state: "lost", note: "It was killed." }, [], 40), "It was killed.");
  });

  it("say where running code has stopped", () => {
    const running: Run = { id: "r", state: "running", version: 1, startedAt: 10 };
    assert.equal(outputText.summarizeRun(running, [], 40), "running …");
    assert.equal(outputText.summarizeRun(running, [], 40, "stopped at line 3"), "stopped at line 3");
    assert.equal(outputText.summarizeRun(running, [result("42")], 40, "stopped at line 3"), "42 · stopped at line 3");
    assert.equal(outputText.summarizeRun(ok, [], 40, "stopped at line 3"), "");
  });

  it("give room below to what a line does not hold", () => {
    assert.ok(outputText.fitsOneLine([], 80));
    assert.ok(outputText.fitsOneLine([result("42")], 80));
    assert.ok(outputText.fitsOneLine([stream("one line\n")], 80));
    assert.ok(!outputText.fitsOneLine([stream("two\nlines\n")], 80));
    assert.ok(!outputText.fitsOneLine([result("frame", { "text/html": "<table></table>" })], 80));
    assert.ok(!outputText.fitsOneLine([result("fig", { "image/png": "iVBOR" })], 80));
    assert.ok(!outputText.fitsOneLine([result("Figure()", { "application/vnd.plotly.v1+json": {} })], 80));
    assert.ok(outputText.fitsOneLine([result("9% 1/11", { "application/vnd.jupyter.widget-view+json": {} })], 80));
    assert.ok(!outputText.fitsOneLine([{ kind: "error", name: "KeyError", message: "'a'" }], 80));
  });

  it("head a zone by what is in it", () => {
    assert.equal(outputText.captionOf([stream("a\nb\n")]), "2 lines");
    assert.equal(
      outputText.captionOf([stream("a"), { kind: "error", name: "KeyError", message: "'a'" }]),
      "KeyError: 'a'",
    );
    const frame = result("   a\n\n[9 rows x 2 columns]", { "text/html": "<table>" });
    assert.equal(outputText.captionOf([frame]), "table 9 × 2");
    const shaped: Output = { kind: "result", data: { "text/html": "<table>" }, shape: [3, 2] };
    assert.equal(outputText.captionOf([shaped]), "table 3 × 2");
    const chart = result("Figure()", { "application/vnd.plotly.v1+json": {} });
    assert.equal(outputText.captionOf([chart]), "Plotly chart");
    assert.equal(outputText.captionOf([stream("a\nb\n"), result("42"), shaped, chart, chart]), "2 lines, table 3 × 2, Plotly chart, 1 more");
  });

  it("head a zone by nothing rather than by what is seen", () => {
    assert.equal(outputText.captionOf([]), "");
    assert.equal(outputText.captionOf([result("42"), stream("a\n")]), "");
    assert.equal(outputText.captionOf([result("*m*", { "text/markdown": "*m*" })]), "");
  });

  it("show a stream's end, and how much is above it", () => {
    const output = { kind: "stream", name: "stdout", text: "", tail: "8\n9\n", chars: 20, lines: 9 } as const;
    assert.deepEqual(outputText.lastLines(output, 1), { lines: ["9"], before: 8 });
  });

  it("say sizes as people do", () => {
    assert.deepEqual([0, 999, 1500, 24_000_000].map(outputText.formatBytes), ["0 bytes", "999 bytes", "1.5 kB", "24.0 MB"]);
  });
});
