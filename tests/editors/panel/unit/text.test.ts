/** Text: escapes, lines, and looking for words. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { findAll } from "../../../../editor-extension/panel/src/outputs/search";
import type { ShownCell } from "../../../../editor-extension/panel/src/cellStore";
import { PLAIN, plain, spans } from "../../../../editor-extension/panel/src/text/ansi";
import { StyledLines } from "../../../../editor-extension/panel/src/text/styledLines";

/** Return a text's pieces as `text{what differs from plain}`. */
function shown(text: string): string {
  return spans(text)
    .spans.map(({ text: piece, style }) => (style === PLAIN ? piece : `${piece}${JSON.stringify(style)}`))
    .join("|");
}

test("colours and weights begin and end where the escapes say", () => {
  assert.equal(shown("a\x1b[1;31mb\x1b[0mc"), 'a|b{"bold":true,"fg":"var(--ansi-1)"}|c');
  assert.equal(shown("\x1b[38;5;208mx\x1b[39my"), 'x{"fg":"rgb(255 135 0)"}|y{}');
  assert.equal(shown("\x1b[48;2;1;2;300mx"), 'x{"bg":"rgb(1 2 255)"}');
  assert.equal(shown("\x1b[mx"), "x");
});

test("other escapes are left out, whatever they hold", () => {
  assert.equal(plain("a\x1b[2Kb\x1b]0;title\x07c\x1b[?25hd"), "abcd");
  assert.equal(plain("\x1b[999999999999;;:m\x1b[38;5mx"), "x");
});

test("a link keeps its text, and only those to the web are links", () => {
  assert.equal(shown("\x1b]8;;https://a.org\x1b\\site\x1b]8;;\x1b\\"), 'site{"link":"https://a.org/"}');
  assert.equal(shown("\x1b]8;;javascript:x\x07bad\x1b]8;;\x07"), "bad{}");
});

test("lines are what stands between line ends, and none follows the last one", () => {
  assert.equal(new StyledLines("").count, 0);
  assert.equal(new StyledLines("a").count, 1);
  assert.equal(new StyledLines("a\n").count, 1);
  const lines = new StyledLines("a\n\nb\n");
  assert.deepEqual([0, 1, 2].map((line) => lines.raw(line)), ["a", "", "b"]);
});

test("a style goes on from far above", () => {
  const lines = new StyledLines(`\x1b[32m${"green\n".repeat(1000)}\x1b[0mplain`);
  assert.deepEqual(lines.range(950, 951), [[{ text: "green", style: { fg: "var(--ansi-2)" } }]]);
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
