// Charts that real libraries make: each is drawn in a frame, and no host is asked for anything.
import assert from "node:assert/strict";

/** Check the cells of outputs.py with charts, with the functions of drive.mjs. */
export async function checkCharts({ check, seen, cell, inner, until, shot }) {
  const output = (title, index) => inner(cell(title).locator(".output").nth(index));
  await check("Plotly's HTML is drawn, whether it would load Plotly or expects it", async () => {
    await seen("Plotly HTML");
    for (const index of [0, 1]) {
      await output("Plotly HTML", index).locator(".plotly-graph-div .bars path").first().waitFor();
      const height = await cell("Plotly HTML").locator("iframe").nth(index).evaluate((one) => one.clientHeight);
      assert.ok(height >= 450 && height < 600, `its height is ${height}`);
    }
  });
  await shot("plotly-html");
  await check("Bokeh draws, and what only prepares it takes no room", async () => {
    await seen("Bokeh");
    await cell("Bokeh").getByText("Charts of Bokeh are drawn here").waitFor();
    const canvas = inner(cell("Bokeh")).locator(".bk-Figure");
    await canvas.waitFor();
    const { width, height } = await canvas.boundingBox();
    assert.deepEqual([width, height], [300, 200]);
    assert.equal(await cell("Bokeh").locator("iframe").count(), 1);
  });
  await shot("bokeh");
  await check("a map has its markers, and the missing tiles are named", async () => {
    const map = inner(await seen("Map"));
    await until("both markers", async () => (await map.locator(".leaflet-marker-pane > *").count()) === 2);
    await map.getByText(/^Images of tile\.openstreetmap\.org are missing/).waitFor();
    const marker = map.locator("img.leaflet-marker-icon");
    assert.equal(await marker.evaluate((image) => image.decode().then(() => image.naturalWidth)), 25);
    await marker.click();
    await map.locator(".leaflet-popup-content", { hasText: "Here" }).waitFor();
  });
  await shot("map");
  await check("an animation moves, and its buttons have signs", async () => {
    const animation = inner(await seen("Animation"));
    const image = animation.locator(".animation img");
    const first = await image.getAttribute("src");
    const next = animation.getByTitle("Next frame");
    assert.notEqual(await next.locator("i").evaluate((one) => getComputedStyle(one, "::before").content), "none");
    await next.click();
    await until("another image", async () => (await image.getAttribute("src")) !== first);
  });
  await shot("animation");
  await check("an output that shows nothing has a sentence in its place", async () => {
    await seen("Nothing");
    await output("Nothing", 0).getByText("This output shows nothing. It only ran a script.").waitFor();
    await output("Nothing", 1).getByText(/^The script of this output failed: .*missing is not defined/).waitFor();
    await output("Nothing", 2).getByText("The script https://example.org/odd.js was not loaded").waitFor();
  });
  await shot("nothing");
}
