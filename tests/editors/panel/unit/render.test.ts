/** Choosing what is shown of a bundle, and taking formulas out of a text. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { extractFormulas } from "../../../../editor-extension/panel/src/render/markdown";
import { sortMimes, rendererOf } from "../../../../editor-extension/panel/src/render/mimeBundle";
import { asFile, asText } from "../../../../editor-extension/panel/src/render/output";
import { formatDuration, formatSize } from "../../../../editor-extension/panel/src/render/mimeValues";

test("the richest type is first, what nobody knows is last", () => {
  const mimes = ["application/x-odd", "text/plain", "image/png", "text/html", "application/vnd.plotly.v1+json"];
  assert.deepEqual(sortMimes(mimes), ["application/vnd.plotly.v1+json", "text/html", "image/png", "text/plain", "application/x-odd"]);
  assert.equal(rendererOf("application/x-odd"), undefined);
  assert.notEqual(rendererOf("application/vnd.anything+json"), undefined);
  assert.notEqual(rendererOf("application/vnd.vegalite.v5.20.1+json"), undefined);
  // Altair 6 has a dot in place of the plus sign.
  assert.equal(rendererOf("application/vnd.vegalite.v6.json")?.rank, rendererOf("application/vnd.vegalite.v6+json")?.rank);
});

test("formulas are found, prices and code are not", () => {
  const formulas = (text: string) => extractFormulas(text).formulas.map(({ source, display }) => (display ? `[${source}]` : source));
  assert.deepEqual(formulas("$a$ and $$b$$ and \\(c\\) and \\[d\\]"), ["a", "[b]", "c", "[d]"]);
  assert.deepEqual(formulas("it costs $5 or $6, not `$x$`"), []);
  assert.deepEqual(formulas("\\begin{align}x\\end{align}"), ["[\\begin{align}x\\end{align}]"]);
});

test("an output is a text to search and copy, and a file to save", () => {
  const rich = { kind: "result" as const, data: { "text/plain": ["<Fig", "ure>"], "image/png": "aGk=\n" } };
  assert.equal(asText(rich), "<Figure>");
  assert.deepEqual(asFile(rich), { name: "output.png", data: "aGk=", encoding: "base64" });
  const error = { kind: "error" as const, name: "E", message: "m", traceback: ["\x1b[31mE\x1b[0m: m"] };
  assert.equal(asText(error), "E: m");
  assert.equal(asFile(error).name, "output.txt");
});

test("sizes and durations are said as people say them", () => {
  assert.deepEqual([12, 1234, 45_000, 2_500_000].map(formatSize), ["12 B", "1.2 kB", "45 kB", "2.5 MB"]);
  assert.deepEqual([0.012, 1.25, 75, 7300].map(formatDuration), ["12 ms", "1.3 s", "1 min 15 s", "2 h 1 min"]);
});
