import * as assert from "node:assert/strict";
import type { RichOutput } from "../../../../editor-extension/vscode/src/protocol.gen";
import { formOf, needsPage } from "../../../../editor-extension/vscode/src/outputs/outputForms";

const output = (data: Record<string, unknown>, omitted?: Record<string, number>): RichOutput => ({
  kind: "result",
  data,
  ...(omitted && { omitted }),
});
const html = (text: string): Record<string, string> => ({ "text/plain": "<IPython.core.display.HTML object>", "text/html": text });
const widget = (text: string): RichOutput =>
  output({ "text/plain": text, "application/vnd.jupyter.widget-view+json": { model_id: "m" } });

/** Check that an output is shown by its name, with this text of its state. */
function checkNamed(shown: RichOutput, name: string, text = ""): void {
  assert.deepEqual(formOf(shown), { kind: "interactive", name, text });
  assert.ok(needsPage(shown));
}

describe("the form of an output", () => {
  it("is a name for charts, however they are sent", () => {
    checkNamed(output({ "text/plain": "Figure({'data': []})", "application/vnd.plotly.v1+json": {} }), "Plotly chart");
    checkNamed(output({ "text/plain": "…" }, { "application/vnd.plotly.v1+json": 9e6 }), "Plotly chart");
    const vega = { "text/plain": "<VegaLite 6 object>\n\nIf you see this message, it means", "application/vnd.vegalite.v6.json": {} };
    checkNamed(output(vega), "Vega chart");
    checkNamed(output({ "text/plain": "alt.Chart(...)", "text/html": "<div></div><script>vegaEmbed()</script>" }), "Vega chart");
    checkNamed(output(html(`<script>${"x".repeat(500_000)}</script><div class="plotly-graph-div"></div>`)), "Plotly chart");
    checkNamed(output({ "application/javascript": "", "application/vnd.bokehjs_exec.v0+json": "" }), "Bokeh chart");
    checkNamed(output({ "text/plain": "<folium.folium.Map object at 0x7f>", "text/html": '<iframe srcdoc="leaflet"></iframe>' }), "map");
    checkNamed(output(html('<div class="animation"></div><script></script>')), "animation");
    checkNamed(output(html("<video src=x></video>")), "video");
  });

  it("is a name for scripts, pages and unknown types", () => {
    checkNamed(output({ "text/plain": "<IPython.core.display.Javascript object>", "application/javascript": "1" }), "JavaScript");
    checkNamed(output({ "text/plain": "table", "text/html": "<script></script>" }), "web page", "table");
    checkNamed(output({ "text/plain": "<IPython.core.display.HTML object>" }, { "text/html": 5e6 }), "web page");
    checkNamed(output({ "application/pdf": "JVBERi0=" }), "PDF document");
    checkNamed(output({ "application/x-own": 1 }), "output of type application/x-own");
    checkNamed(output({}, { "text/plain": 5e6 }), "long text");
  });

  it("is the state of a widget, or only text for a progress bar", () => {
    checkNamed(widget("x: 7"), "widget", "x: 7");
    assert.equal(formOf(widget("")).kind, "nothing");
    for (const text of ["60% 3/5", "load: 100% 5/5 [00:00<00:00, 325.53it/s]", "5it [00:01, 4.2it/s]", "outer: 10% 1/10\ninner: 0% 0/3"]) {
      assert.deepEqual(formOf(widget(text)), { kind: "text", text, language: "text" });
      assert.ok(!needsPage(widget(text)));
    }
  });

  it("is an image before anything else, with the name of what it previews", () => {
    assert.deepEqual(formOf(output({ "text/plain": "<Figure>", "image/png": "iVBOR" })), { kind: "image", mime: "image/png", name: undefined });
    const preview = output({ "image/png": "iVBOR", "application/vnd.plotly.v1+json": {} });
    assert.deepEqual(formOf(preview), { kind: "image", mime: "image/png", name: "Plotly chart" });
    assert.ok(needsPage(preview));
  });

  it("is text where an object has some, otherwise its content", () => {
    const only = (data: Record<string, unknown>) => formOf(output(data));
    assert.deepEqual(only({ "text/plain": "42", "text/html": "<b>42</b>" }), { kind: "text", text: "42", language: "text" });
    assert.equal(only({ "text/plain": "frame", "text/html": "<table></table>" }).kind, "html");
    assert.equal(only(html("<b>bold</b>")).kind, "html");
    assert.equal(only({ "text/plain": "<IPython.core.display.Markdown object>", "text/markdown": "*m*" }).kind, "markdown");
    assert.deepEqual(only({ "text/plain": "<IPython.core.display.Latex object>", "text/latex": "$x$" }), {
      kind: "text",
      text: "$x$",
      language: "latex",
    });
    assert.deepEqual(only({ "text/plain": "<IPython.core.display.JSON object>", "application/json": [1] }), {
      kind: "text",
      text: "[\n  1\n]",
      language: "json",
    });
  });

  it("is nothing for what shows nothing", () => {
    assert.equal(formOf(output({ "text/html": '<div id="a"></div>' })).kind, "nothing");
    assert.equal(formOf(output({ "text/html": "<div><a class='bk-logo bk-notebook-logo'></a>Loading BokehJS ...</div>" })).kind, "nothing");
    assert.equal(formOf(output({ "application/javascript": "" }, { "application/vnd.bokehjs_load.v0+json": 1e6 })).kind, "nothing");
  });
});
