// Outputs that are broken or deep: each has a sentence or a drawing in its place, and the page lives.
const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);
const PLOTLY = "application/vnd.plotly.v1+json";
const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** What is drawn in the page: of each case its type, its content, and the sentence. */
const IN_PAGE = {
  "deep JSON": ["application/json", nested(3000), "[ 1 item ]"],
  "deeper JSON": ["application/json", nested(100_000), "[ 1 item ]"],
  "no figure": [PLOTLY, '{"data": 5}', "Could not draw this output as application/vnd.plotly.v1+json: This is not a Plotly figure."],
  "no specification": [VEGA_LITE, "nope", "This is not a Vega specification."],
  "an unknown type": ["application/x-odd", "abc", "Cannot show an output of type application/x-odd (3 B)."],
};
/** What is drawn in a frame. */
const IN_FRAME = {
  "a broken figure": [PLOTLY, '{"data": [null]}', "Could not draw the whole of this figure: "],
  "a broken specification": [VEGA_LITE, '{"mark": 5}', "Could not draw this chart. Check its specification: "],
  "a chart that fails when it runs": ["application/vnd.vega.v5+json", '{"marks": [{"type": "zap"}]}', "Could not draw this chart. Check its specification: "],
  "a broken chart in HTML": ["text/html", '<div id="v"></div><script>vegaEmbed("#v", { mark: 5 })</script>', "The script of this output failed: "],
  "an unknown model of Bokeh": [
    "application/javascript",
    'const docs_json = {"a": {"version": "3.0", "roots": [{"type": "object", "name": "Nope", "id": "p1"}]}};\n' +
      'const render_items = [{"docid":"a","roots":{"p1":"x-1"},"root_ids":["p1"]}];\nvoid window.Bokeh.embed.embed_items_notebook(docs_json, render_items);',
    "The script of this output failed: could not resolve type 'Nope'",
  ],
};

/** Draw each case with `draw` of network.mjs, and wait for its sentence. */
export async function checkBadInput(page, draw) {
  const words = { ...IN_PAGE, ...IN_FRAME };
  for (const [name, [mime, content]] of Object.entries(words)) await draw(page, { id: name, mime, content });
  for (const [name, [, , sentence]] of Object.entries(words)) {
    const drawn = page.locator(`[id="${name}"]`);
    const place = name in IN_FRAME ? drawn.frameLocator("iframe").frameLocator("iframe").locator("body") : drawn;
    await place.getByText(sentence).first().waitFor();
  }
}
