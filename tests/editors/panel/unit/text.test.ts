/** Text as lines, and the search in outputs. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { findAll } from "../../../../editor-extension/panel/src/outputs/search";
import type { ShownCell } from "../../../../editor-extension/panel/src/cellStore";
import { PLAIN } from "../../../../editor-extension/panel/src/text/ansi";
import { StyledLines } from "../../../../editor-extension/panel/src/text/styledLines";

test("lines are what stands between line ends, and none follows the last one", () => {
  assert.equal(new StyledLines("").count, 0);
  assert.equal(new StyledLines("a").count, 1);
  assert.equal(new StyledLines("a\n").count, 1);
  const lines = new StyledLines("a\n\nb\n");
  assert.deepEqual([0, 1, 2].map((line) => lines.raw(line)), ["a", "", "b"]);
});

test("a style goes on from far above", () => {
  const lines = new StyledLines(`\x1b[32m${"green\n".repeat(1000)}\x1b[0mplain`);
  assert.deepEqual(lines.range(950, 951), [[{ text: "green", style: { foreground: 2 } }]]);
  assert.equal(lines.range(1000, 1001)[0]?.at(-1)?.style, PLAIN);
});

test("a line too long for a browser is cut", () => {
  const [line] = new StyledLines("x".repeat(1_000_000)).range(0, 1);
  assert.equal(line?.[0]?.text.length, 4002);
});

test("search counts lines, whatever the case, escapes left aside", () => {
  const stream = { kind: "stream" as const, name: "stdout" as const, chars: 0, lines: 0 };
  const cell = { id: "c", outputs: [{ ...stream, text: "one\nT\x1b[1mW\x1b[0mo two\n\ntwo" }] } as unknown as ShownCell;
  const found = findAll([cell], "two");
  assert.deepEqual(found.map(({ output, line }) => [output, line]), [[0, 1], [0, 3]]);
  assert.deepEqual(findAll([cell], ""), []);
});
