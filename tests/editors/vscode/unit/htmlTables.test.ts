import * as assert from "node:assert/strict";
import { formatTables, ROW_LIMIT } from "../../../../editor-extension/vscode/src/outputs/htmlTables";

const FRAME = `<div>
<style scoped>
    .dataframe tbody tr th { vertical-align: top; }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;"><th></th><th>town</th><th>people</th><th>share</th></tr>
  </thead>
  <tbody>
    <tr><th>0</th><td>Oslo</td><td>709000</td><td>0.25</td></tr>
    <tr><th>1</th><td>7</td><td>134,000</td><td>NaN</td></tr>
  </tbody>
</table>
</div>`;

const GROUPED = `<table><thead>
<tr><th></th><th></th><th colspan="2" halign="left">people</th></tr>
<tr><th></th><th></th><th>min</th><th>max</th></tr>
<tr><th>x</th><th>town</th><th></th><th></th></tr></thead><tbody>
<tr><th rowspan="2" valign="top">a</th><th>Bern</th><td>1</td><td>2</td></tr>
<tr><th>Oslo</th><td>-3</td><td>1.5e+06</td></tr></tbody></table>`;

/** Return the cells of a formatted table as rows of `alignment:text`. */
function cellsOf(html: string): string[][] {
  return html
    .split("<tr>")
    .slice(1)
    .map((row) =>
      [...row.matchAll(/<t[hd] (?:align="(\w+)")?[^>]*>(.*?)<\/t[hd]>/g)].map(
        ([, align = "rule", text = ""]) => `${align}:${text.replaceAll("&nbsp;", "").replace(/<[^>]*>/g, "")}`,
      ),
    );
}

describe("tables of HTML for Markdown", () => {
  it("have numbers at the right, words at the left, and a rule under the head", () => {
    assert.deepEqual(cellsOf(formatTables(FRAME)), [
      ["right:", "left:town", "right:people", "right:share"],
      ["rule:"],
      ["right:0", "left:Oslo", "right:709000", "right:0.25"],
      ["right:1", "left:7", "right:134,000", "right:NaN"],
    ]);
    assert.match(formatTables(FRAME), /<td colspan="4">(<small>)+<hr>/);
    assert.doesNotMatch(formatTables(FRAME), /vertical-align|\n/);
  });

  it("keep cells that span rows and columns in their columns", () => {
    const cells = cellsOf(formatTables(GROUPED));
    assert.deepEqual(cells[0], ["left:", "left:", "center:people"]);
    assert.deepEqual(cells[4], ["left:a", "left:Bern", "right:1", "right:2"]);
    assert.deepEqual(cells[5], ["left:Oslo", "right:-3", "right:1.5e+06"]);
    assert.match(formatTables(GROUPED), /rowspan="2"/);
    assert.match(formatTables(GROUPED), /colspan="2"/);
  });

  it("name the rows that they leave out", () => {
    const rows = Array.from({ length: ROW_LIMIT + 3 }, (_, at) => `<tr><td>${at}</td></tr>`).join("");
    const made = formatTables(`<table><tr><th>n</th></tr>${rows}</table>`);
    assert.match(made, /… 3 more rows/);
    assert.equal(cellsOf(made).length, ROW_LIMIT + 2);
  });

  it("leave other HTML, nested tables and broken ones as they are", () => {
    for (const html of ["<b>bold</b>", "<table><tr><td><table></table></td></tr></table>", "<table><tr><td>1", "<table></table>"]) {
      assert.equal(formatTables(html), html);
    }
    assert.equal(formatTables("<p>a</p>\n\n  <script>x()</script><!-- no --><p>b</p>"), "<p>a</p> <p>b</p>");
  });

  it("need time in proportion to the text", () => {
    const time = (text: string): number => {
      const times = [1, 2, 3].map(() => {
        const start = performance.now();
        formatTables(text);
        return performance.now() - start;
      });
      return Math.max(Math.min(...times), 1);
    };
    // Ten times the text takes a hundred times as long if the time grows with its square.
    for (const part of ["<table ", "<!-- ", "<script ", "<table><tr><td ", "<tr><td>"]) {
      const ratio = time(part.repeat(100_000)) / time(part.repeat(10_000));
      assert.ok(ratio < 50, `${part}: ${ratio}`);
    }
  });
});
