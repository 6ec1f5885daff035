import * as assert from "node:assert/strict";
import { ansiToHtml } from "../../../../editor-extension/vscode/src/outputs/ansiHtml";

const red = "color:var(--vscode-terminal-ansiRed);";

describe("ANSI colours in Markdown", () => {
  it("become spans in the form that VS Code keeps", () => {
    assert.equal(ansiToHtml("a\u001b[31mb\u001b[0mc"), `a<span style="${red}">b</span>c`);
    assert.equal(
      ansiToHtml("\u001b[31;102mb\u001b[49mc\u001b[39md"),
      `<span style="${red}background-color:var(--vscode-terminal-ansiBrightGreen);">b</span>` +
        `<span style="${red}">c</span>d`,
    );
  });

  it("are named, indexed or direct", () => {
    assert.match(ansiToHtml("\u001b[38;5;9mx"), /ansiBrightRed/);
    assert.match(ansiToHtml("\u001b[38;5;208mx"), /color:#ff8700;/);
    assert.match(ansiToHtml("\u001b[48;5;255mx"), /background-color:#eeeeee;/);
    assert.match(ansiToHtml("\u001b[38;2;1;20;300mx"), /color:#0114ff;/);
    assert.match(ansiToHtml("\u001b[38:2:1:2:3mx"), /color:#010203;/);
  });

  it("come with bold, italic, underlined, struck and inverse text", () => {
    assert.equal(ansiToHtml("\u001b[1mx\u001b[22my"), "<strong>x</strong>y");
    assert.equal(ansiToHtml("\u001b[3mx\u001b[23my"), "<em>x</em>y");
    assert.equal(ansiToHtml("\u001b[4mx\u001b[24;9my\u001b[29mz"), "<u>x</u><s>y</s>z");
    assert.equal(ansiToHtml("\u001b[2mx"), "x");
    assert.match(ansiToHtml("\u001b[7;31mx"), /^<span style="color:var\(--vscode-editor-background\);background-color:/);
  });

  it("share one span where neighbours have the same style", () => {
    assert.equal(ansiToHtml("\u001b[31ma\u001b[0m\u001b[31mb\u001b[0m\u001b[0mc"), `<span style="${red}">ab</span>c`);
  });

  it("keep no tag or link of the text", () => {
    const hostile = '</pre><img src=x onerror="alert(1)">\u001b[38;5;"><script>m & \u001b]8;;http://a\u0007link\u001b]8;;\u0007';
    const made = ansiToHtml(hostile);
    assert.doesNotMatch(made, /<(?!\/?(span|strong|em)\b)/);
    assert.match(made, /&lt;\/pre&gt;&lt;img src=x onerror=&quot;/);
    assert.match(made, /&amp; link$/);
    assert.equal(ansiToHtml("\u001b[2Ka\u001b[1;1Hb\u0007"), "ab");
  });

  it("are valid CSS for all codes", () => {
    for (const codes of ["", "999", "38", "38;5", "38;2;1", "48;5;999", ";;", "0;0;31"]) {
      const made = ansiToHtml(`\u001b[${codes}mx\u001b[0my`);
      assert.match(made, /^(<span style="(color:(#[0-9a-f]{6}|var\(--vscode-[a-zA-Z-]+\));)?(background-color:(#[0-9a-f]{6}|var\(--vscode-[a-zA-Z-]+\));)?">x<\/span>|x)y$/, codes);
    }
  });
});
