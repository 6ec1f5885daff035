/** What text that is not ours may lead to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { safeMarkdown, webAddress } from "../../../../editor-extension/panel/src/links";

test("addresses that may be opened", () => {
  assert.equal(webAddress(" https://example.com/a b"), "https://example.com/a%20b");
  assert.equal(webAddress("mailto:a@example.com"), "mailto:a@example.com");
  for (const bad of ["command:x", "javascript:x", "vscode://x", "file:///etc/passwd", "data:text/html,x", "//x", "/x", "java\nscript:x", "https://["]) {
    assert.equal(webAddress(bad), undefined, bad);
  }
});

test("Markdown that leads elsewhere or loads is taken apart", () => {
  const bad = [
    "![a](https://example.com/a.png)",
    "![a ![b](data:image/png;base64,AA) c](https://example.com/a.png)",
    "![a][b]",
    "[a](command:x)",
    "[a](<command:x>)",
    "[a](\n  command:x)",
    "[a](comm&#97;nd:x)",
    "[a](command\\:x)",
    "[a](file:///etc/passwd)",
    "[a]: vscode://x",
    "<command:x>",
    '<a href="command:x">a</a>',
    "<a href='java&#115;cript:x'>a</a>",
    "<IMG src=https://example.com/a.png>",
    "<svg><image href=x></svg>",
  ];
  for (const text of bad) assert.notEqual(safeMarkdown(text), text, text);
  for (const text of bad) assert.equal(safeMarkdown(safeMarkdown(text)), safeMarkdown(text), text);
});

test("Markdown that does neither stays as it is", () => {
  const good = [
    "# A *heading* with `code`",
    "[a](https://example.com/a_(b)) and <https://example.com>",
    "[a](docs/page.md#part:one) [b](#here) [c]: other.md",
    "![a](data:image/png;base64,AA)",
    '<b>bold</b> <a href="https://example.com">a</a> <details><summary>x</summary></details>',
    "a < b, x[1]: y, <image-card>",
  ];
  for (const text of good) assert.equal(safeMarkdown(text), text);
});
