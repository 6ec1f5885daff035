/** ANSI escapes: styles, colours and links; every other sequence is removed. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { activeEscapes, hasStyles, parseSpans, PLAIN, stripEscapes } from "../../../../editor-extension/panel/src/text/ansi";

/** Return a text's pieces as `text{difference from plain}`. */
function shown(text: string): string {
  return parseSpans(text)
    .spans.map(({ text: piece, style }) => (style === PLAIN ? piece : `${piece}${JSON.stringify(style)}`))
    .join("|");
}

test("styles begin and end at their escapes", () => {
  assert.equal(shown("a\x1b[1;31mb\x1b[0mc"), 'a|b{"bold":true,"foreground":1}|c');
  assert.equal(shown("\x1b[2;3;4;7;9mx"), 'x{"dim":true,"italic":true,"underline":true,"inverse":true,"strike":true}');
  assert.deepEqual(parseSpans("\x1b[1;2;3;4;7;9;31;42m\x1b[22;23;24;27;29;39;49mx").spans, parseSpans("x").spans.map((span) => ({
    ...span,
    style: { bold: false, dim: false, italic: false, underline: false, inverse: false, strike: false, foreground: undefined, background: undefined },
  })));
  assert.equal(shown("\x1b[mx"), "x");
  assert.equal(shown("\x1b[21mx"), 'x{"underline":true}');
});

test("colours are the theme's, indexed or direct", () => {
  assert.equal(shown("\x1b[31;102mx"), 'x{"foreground":1,"background":10}');
  assert.equal(shown("\x1b[38;5;9mx"), 'x{"foreground":9}');
  assert.equal(shown("\x1b[38;5;208mx\x1b[39my"), 'x{"foreground":"#ff8700"}|y{}');
  assert.equal(shown("\x1b[48;5;255mx"), 'x{"background":"#eeeeee"}');
  assert.equal(shown("\x1b[48;2;1;2;300mx"), 'x{"background":"#0102ff"}');
});

test("colours may have sub-parameters", () => {
  assert.equal(shown("\x1b[38:5:208;1mx"), 'x{"foreground":"#ff8700","bold":true}');
  assert.equal(shown("\x1b[38:2:1:2:3mx"), 'x{"foreground":"#010203"}');
  assert.equal(shown("\x1b[38:2::1:2:3mx"), 'x{"foreground":"#010203"}');
  assert.equal(shown("\x1b[4:3mx\x1b[4:0my"), 'x{"underline":true}|y{"underline":false}');
});

test("the colour of an underline is skipped, not read as other codes", () => {
  assert.equal(shown("\x1b[58;5;1;3mx"), 'x{"italic":true}');
  assert.equal(shown("\x1b[58;2;1;2;3;3mx"), 'x{"italic":true}');
});

test("incomplete and unknown codes change nothing", () => {
  for (const codes of ["999", "38", "38;5", "38;2;1", "38;9", "?25", ">4;2", "999999999999"]) {
    assert.deepEqual(parseSpans(`\x1b[${codes}mx`).spans.map(({ text, style }) => [text, style.foreground, style.dim]), [["x", undefined, undefined]], codes);
  }
});

test("neighbours of one style are one piece", () => {
  assert.equal(shown("\x1b[31ma\x1b[0m\x1b[31mb\x1b[0m\x1b[0mc"), 'ab{"foreground":1}|c');
});

test("other sequences are removed", () => {
  assert.equal(stripEscapes("a\x1b[2Kb\x1b]0;title\x07c\x1b[?25hd"), "abcd");
  assert.equal(stripEscapes("\x1b[999999999999;;:m\x1b[38;5mx"), "x");
  assert.equal(stripEscapes("a\x1b[1;1Hb\x1bMc"), "abc");
});

test("a link keeps its text, and only those to the web are links", () => {
  assert.equal(shown("\x1b]8;;https://a.org\x1b\\site\x1b]8;;\x1b\\"), 'site{"link":"https://a.org/"}');
  assert.equal(shown("\x1b]8;;javascript:x\x07bad\x1b]8;;\x07"), "bad{}");
  assert.equal(shown("\x1b]8;;https://a.org\x07\x1b[1ma\x1b[0mb"), 'a{"link":"https://a.org/","bold":true}|b{"link":"https://a.org/"}');
});

test("escapes are in force until they are reset", () => {
  assert.equal(activeEscapes("\x1b[31ma\n\x1b[1m"), "\x1b[31m\x1b[1m");
  assert.equal(activeEscapes("\x1b[31ma\x1b[0mb\x1b[32m"), "\x1b[32m");
  assert.equal(activeEscapes("plain"), "");
  assert.deepEqual(["\x1b[1mx", "x", "\x1b[2Kx"].map(hasStyles), [true, false, false]);
});
