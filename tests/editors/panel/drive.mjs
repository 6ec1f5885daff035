// The page in a real browser, with a real server and kernel behind it: what a person sees and does.
// Environment: PYTHON with cellbridge, CHROMIUM, SCRIPT (a copy of outputs.py), SHOTS (folder or empty).
import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { FRAME_HASH } from "../../../editor-extension/panel/build.mjs";
import { checkCharts } from "./charts.mjs";
import { Server } from "./server.mjs";

const PANEL = join(import.meta.dirname, "../../../editor-extension/panel");
const { chromium } = createRequire(join(PANEL, "package.json"))("playwright-core");
const { PYTHON, CHROMIUM, SCRIPT, SHOTS } = process.env;
const uri = pathToFileURL(SCRIPT).href;
const PATIENCE = 120_000; // Milliseconds for one step on a machine under load.

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
const POLICY =
  `default-src 'none'; script-src 'self' '${FRAME_HASH}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; ` +
  "img-src data: blob:; font-src 'self' data:";
const PAGE = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>panel</title>
<link rel="stylesheet" href="/panel.css"></head>
<body><script type="module" src="/panel.js"></script></body></html>`;
const web = createServer((request, response) => {
  const file = join(PANEL, "dist", new URL(request.url, "http://x").pathname);
  if (request.url === "/") {
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": POLICY }).end(PAGE);
  } else if (existsSync(file)) {
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain" });
    createReadStream(file).pipe(response);
  } else response.writeHead(404).end();
});
await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));

const server = new Server(PYTHON, ["-m", "cellbridge", "lsp"], {});
await server.start(pathToFileURL(join(SCRIPT, "..")).href);
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 900, height: 1000 } });
page.setDefaultTimeout(PATIENCE);
const outside = [];
const note = (request) => {
  const { protocol, host } = new URL(request.url());
  if (protocol.startsWith("http") && host !== `127.0.0.1:${web.address().port}`) outside.push(request.url());
};
page.on("requestfinished", note);
// Of a request that the policy refuses, nothing leaves the browser.
page.on("requestfailed", (request) => request.failure().errorText === "csp" || note(request));
// The cell "Nothing" has a script that fails, in its frame.
page.on("pageerror", (error) => error.message.startsWith("missing is") || assert.fail(`The page failed: ${error.message} ${error.stack}`));
const asked = [];
const send = (message) => page.evaluate((given) => window.postMessage(given, "*"), message);
await page.exposeFunction("fromPanel", async (message) => {
  asked.push(message);
  if (message.type === "ready") {
    await send({ type: "document", document: { uri, name: "outputs.py", cells: await server.request("cellbridge/cells", { uri }) } });
  } else if (message.type === "request") {
    const answer = await server.request(message.method, message.params).then(
      (result) => ({ result }),
      (error) => ({ error: error.message }),
    );
    await send({ type: "answer", id: message.id, ...answer });
  } else if (message.type === "command") await server.command(message.command, message.argument);
});
await page.addInitScript(() => {
  const TYPES = new Set(["ready", "request", "command", "reveal", "goto", "copy", "save", "open"]);
  // Only the page itself has this function, so frames are left alone.
  window.addEventListener("message", (event) => {
    if (event.source === window && TYPES.has(event.data?.type)) window.fromPanel?.(event.data);
  });
});
server.listeners.push((method, params) => {
  if (params?.uri !== uri || !asked.some((message) => message.type === "ready")) return;
  if (method === "cellbridge/cellsChanged") void send({ type: "cells", params });
  else if (method === "cellbridge/kernelChanged") void send({ type: "kernel", params });
  else if (method === "cellbridge/variablesChanged") void send({ type: "variables", uri });
  else if (method === "cellbridge/plotsChanged") void send({ type: "plots", uri });
});

let shots = 0;
async function shot(name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${String(++shots).padStart(2, "0")}-${name}.png`) });
}
async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) {
      await shot("failed");
      assert.fail(`Not seen in time: ${what}`);
    }
    await page.waitForTimeout(50);
  }
}
const passed = [];
async function check(what, act) {
  try {
    await act();
  } catch (error) {
    await shot("failed");
    console.error(`FAILED: ${what}`);
    throw error;
  }
  passed.push(what);
  console.log(`ok  ${what}`);
}
const cell = (title) => page.locator(".cell", { has: page.locator(`.cell-title:text-is("${title}")`) });
/** Bring a cell into the window, where it is drawn. */
async function seen(title) {
  await cell(title).scrollIntoViewIfNeeded();
  return cell(title);
}
/** The frame with a cell's output: it stands in a frame that keeps it in its place. */
const inner = (place) => place.frameLocator("iframe").frameLocator("iframe");
const last = (type) => asked.findLast((message) => message.type === type);

try {
  server.notify("textDocument/didOpen", {
    textDocument: { uri, languageId: "python", version: 1, text: readFileSync(SCRIPT, "utf8") },
  });
  await page.goto(`http://127.0.0.1:${web.address().port}/`);
  await check("with nothing run the page says how to begin", () => page.getByText("No cell has run yet").waitFor());
  await page.getByLabel("Run all cells").click();
  await check("outputs come as cells run", () => cell("Text").getByText("plain, ").waitFor());
  await check("the last cell ends", () => cell("Error").locator(".state", { hasText: "failed" }).waitFor());
  await check("the panel has followed the cells that ran", () =>
    until("the last cell in the window", async () => {
      const box = await cell("Error").boundingBox();
      return box !== null && box.y < 1000 && box.y + box.height > 40;
    }));
  await check("ANSI colours are drawn", async () => {
    const green = (await seen("Text")).locator("span", { hasText: /^green$/ });
    assert.equal(await green.evaluate((one) => getComputedStyle(one).fontWeight), "700");
    assert.equal(await cell("Text").locator(".stderr").first().isVisible(), true);
  });
  await check("a frame in an output is sorted and filtered", async () => {
    const frame = await seen("Frame");
    const first = frame.locator("tbody tr:not(.spacer) td:nth-of-type(2)").first();
    await frame.getByTitle("Sort by height").click();
    const low = Number(await first.innerText());
    await frame.getByTitle("Sort by height").click();
    await until("the highest first", async () => Number(await first.innerText()) > low);
    await frame.locator("th", { hasText: "city" }).hover();
    await frame.getByLabel("Filter city").click();
    await frame.getByPlaceholder("value").fill("oslo");
    await frame.getByPlaceholder("value").press("Enter");
    await until("only the rows from Oslo", async () =>
      (await frame.locator("tbody td:nth-of-type(1)").allInnerTexts()).every((city) => city === "Oslo"));
  });
  await shot("frame");
  await check("HTML runs in a sandbox: its scripts work and reach nothing", async () => {
    const frame = inner(await seen("HTML"));
    assert.equal(await frame.locator("#n").innerText(), "10");
    await frame.locator("#more").click();
    assert.equal(await frame.locator("#n").innerText(), "11");
    assert.equal(await frame.locator("#n").getAttribute("data-reached"), "0");
    await until("the network refused", () => frame.locator("#n[data-network=refused]").count());
    const height = await cell("HTML").locator("iframe").evaluate((one) => one.getBoundingClientRect().height);
    assert.ok(height > 30 && height < 90, `its height is ${height}`);
    assert.equal(await cell("HTML").locator("iframe").getAttribute("sandbox"), "allow-scripts");
  });
  await check("a picture is drawn", async () => {
    const width = await (await seen("Picture")).locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth));
    assert.ok(width > 300);
  });
  await check("LaTeX and Markdown are drawn, and their HTML is harmless", async () => {
    const formulas = (await seen("Formula")).locator(".katex");
    await until("both formulas", async () => (await formulas.count()) === 2);
    assert.equal(await cell("Formula").locator("h2").innerText(), "A heading");
    assert.equal(await page.title(), "panel");
  });
  await shot("rich");
  await check("JSON, SVG, PDF and what nobody knows", async () => {
    const data = await seen("Data");
    await data.locator("summary", { hasText: "parts" }).click();
    await data.getByText('"server"').waitFor();
    assert.match(await data.locator("img").getAttribute("src"), /^data:image\/svg/);
    await data.getByText("application/x-unheard-of").first().waitFor();
    await data.getByText("Save the PDF").click();
    await until("the page asks to save it", () => last("save")?.name === "output.pdf");
  });
  await shot("data");
  await check("Plotly draws", async () => inner(await seen("Plotly")).locator(".plot .bars path").first().waitFor());
  await check("Vega draws", async () => inner(await seen("Vega")).locator(".plot svg .mark-line path").first().waitFor());
  await check("Altair's HTML is drawn without its network, and missing data are named", async () => {
    const [html, specification] = [0, 1].map((index) => inner(cell("Altair").locator(".output").nth(index)));
    await seen("Altair");
    await until("both bars", async () => (await html.locator("svg .mark-rect.role-mark path").count()) === 2);
    await specification.getByText("The data https://example.org/cars.json were not loaded").waitFor();
    await shot("altair");
  });
  await checkCharts({ check, seen, cell, inner, until, shot });
  await shot("plots");
  await check("an error leads to its lines", async () => {
    const error = await seen("Error");
    await error.getByText("division by zero").first().waitFor();
    const frames = error.locator(".frames .link");
    assert.equal(await frames.count(), 2);
    await frames.last().click();
    const line = readFileSync(SCRIPT, "utf8").split("\n").indexOf("    return a / b");
    await until("the page asks for the line", () => last("reveal")?.range.start.line === line);
  });
  await shot("error");
  await check("10,000 lines cost a screenful", async () => {
    const long = await seen("Long");
    await long.getByText("Show all").click();
    await long.getByText("Show all").waitFor({ state: "detached" });
    await until("the whole text", async () => (await long.locator(".text-canvas").evaluate((one) => one.clientHeight)) > 100_000);
    assert.ok((await long.locator(".line").count()) < 150);
    await long.locator(".text").evaluate((one) => (one.scrollTop = one.scrollHeight));
    await long.getByText("line 9999: the quick").waitFor();
  });
  await check("search goes through all outputs, also those not drawn", async () => {
    await page.getByLabel("Search outputs").first().click();
    await page.getByPlaceholder("Search outputs").fill("green");
    await until("one match", async () => /of 1$/.test(await page.locator(".found").innerText()));
    await cell("Text").getByText("green").waitFor();
    assert.ok(await cell("Text").evaluate((one) => one.getBoundingClientRect().top >= 0));
    await page.getByPlaceholder("Search outputs").fill("line 9998");
    await until("the line is in sight", () => cell("Long").getByText("line 9998: the quick").isVisible());
    assert.equal(await page.evaluate(() => CSS.highlights.get("cellbridge-current").size), 1);
    await shot("search");
    await page.getByLabel("Close the search").click();
  });
  await check("the page follows the cursor", async () => {
    const { cells } = await server.request("cellbridge/cells", { uri });
    await send({ type: "cursor", uri, cell: cells.find((one) => one.title === "Picture").id });
    await until("the cell in the window", async () => {
      const box = await cell("Picture").boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= 1010;
    });
    assert.equal(await page.locator(".cell.current").count(), 1);
  });
  await check("an output is copied as text", async () => {
    // Cells that are drawn meanwhile may move the button away between press and release.
    await until("the page asks for it", async () => {
      await (await seen("Text")).locator(".output").first().hover();
      await cell("Text").getByLabel("Copy this output").first().click();
      return last("copy")?.text.startsWith("plain, green and orange");
    });
  });
  await check("variables: a tree with marks, a filter and branches", async () => {
    await page.getByRole("tab", { name: "Variables" }).click();
    const variables = page.locator(".variables");
    await variables.locator(".variable-name", { hasText: /^frame$/ }).waitFor();
    await variables.getByPlaceholder("Filter").fill("plot");
    await until("only names with plot", async () => !(await variables.innerText()).includes("frame"));
    await variables.locator(".variable", { hasText: "plot" }).first().click();
    await variables.locator(".variable-name", { hasText: "layout" }).waitFor();
    await variables.getByPlaceholder("Filter").fill("");
    await variables.locator(".variable-name", { hasText: /^frame$/ }).waitFor();
  });
  await shot("variables");
  await check("a table of the kernel: pages, sorting, filtering, a summary, saving", async () => {
    await page.locator(".variable", { has: page.locator(".variable-name", { hasText: /^frame$/ }) }).getByLabel(/as a table/).click();
    const table = page.locator(".table-place");
    await table.getByText("5,000 rows × 3 columns").waitFor();
    const first = table.locator("tbody tr:not(.spacer) td:nth-of-type(2)").first();
    await table.getByTitle("Sort by height").click();
    await until("the lowest first", async () => Number(await first.innerText()) < 150);
    await table.locator("th", { hasText: "height" }).hover();
    await table.getByLabel("Summary of height").click();
    await table.locator(".histogram .bar").first().waitFor();
    await shot("table");
    await table.locator("th", { hasText: "city" }).hover();
    await table.getByLabel("Filter city").click();
    await table.getByLabel("Condition").selectOption("=");
    await table.getByPlaceholder("value").fill("Lima");
    await table.getByPlaceholder("value").press("Enter");
    await table.getByText(/^1,\d\d\d of 5,000 rows/).waitFor();
    await table.locator(".table-scroller").evaluate((one) => (one.scrollTop = one.scrollHeight / 2));
    await until("rows far below", async () => {
      const cities = await table.locator("tbody tr:not(.spacer) td:nth-of-type(1)").allInnerTexts();
      return cities.length > 10 && cities.every((city) => city === "Lima");
    });
    await table.getByLabel("Save the table as a file").selectOption("csv");
    await until("the page asks to save it", () => last("save")?.name === "frame.csv");
    assert.equal(last("save").data.split("\n")[0], "city,height,born");
  });
  await check("plots: a history that follows the latest one", async () => {
    await page.getByRole("tab", { name: "Plots" }).click();
    const plots = page.locator(".plots");
    const thumbnails = plots.locator(".plot-thumbnail");
    await until("both images", async () => (await thumbnails.count()) === 2);
    await until("the latest one is selected", async () => (await thumbnails.nth(1).getAttribute("aria-selected")) === "true");
    await plots.locator(".plot-stage").focus();
    await page.keyboard.press("ArrowLeft");
    await until("the picture", async () => (await plots.locator(".plot-bar .cell-title").innerText()) === "Picture");
    await until("its thumbnail", async () => (await thumbnails.first().locator("img").getAttribute("src"))?.startsWith("data:image/png"));
    await plots.getByLabel("Run the cell again").click();
    await until("the new picture is selected", async () =>
      (await thumbnails.count()) === 3 && (await thumbnails.nth(2).getAttribute("aria-selected")) === "true");
    await until("it is shown", async () => (await plots.locator(".plot-pane img").getAttribute("alt"))?.startsWith("Picture"));
  });
  await check("plots: zoom, comparison of two runs, higher resolution and files", async () => {
    const plots = page.locator(".plots");
    const picture = plots.locator(".plot-pane img").first();
    const width = async () => (await picture.boundingBox()).width;
    await plots.getByRole("button", { name: "100 %" }).click();
    const natural = await width();
    await plots.getByRole("button", { name: "+" }).click();
    await until("it is larger", async () => Math.abs((await width()) / natural - 1.25) < 0.02);
    await page.keyboard.press("0");
    await shot("plots-view");
    await plots.getByRole("button", { name: "Compare" }).click();
    await until("two of them", async () => (await plots.locator(".plot-pane").count()) === 2);
    const sources = await plots.locator(".plot-pane img").evaluateAll((images) => images.map((image) => image.src));
    assert.notEqual(sources[0], sources[1]);
    await shot("plots-compared");
    await plots.getByText("Draw at higher resolution").click();
    await until("one again, three times as fine", async () =>
      (await plots.locator(".plot-pane").count()) === 1 && (await picture.evaluate((image) => image.naturalWidth)) > 2 * natural);
    await plots.getByLabel("Save the plot as a file").selectOption("svg");
    await until("the page asks to save it", () => last("save")?.name === "Picture.svg");
    assert.match(last("save").data, /<svg[^]*<\/svg>/);
    await plots.locator(".plot-bar .cell-title").click();
    await until("the page asks for the cell", () => last("goto")?.uri === uri);
  });
  await check("dark: the page and what is on it", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.evaluate(() => document.body.classList.add("vscode-dark"));
    await page.getByRole("tab", { name: "Outputs" }).click();
    await inner(await seen("Plotly")).locator(".plot .bars path").first().waitFor();
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(background, "rgb(31, 31, 31)");
  });
  await shot("dark-plots");
  await seen("Frame");
  await shot("dark-frame");
  await check("nothing was asked of any other host", () => assert.deepEqual(outside, []));
} finally {
  await server.command("cellbridge.shutdown", { uri }).catch(() => undefined);
  await server.stop();
  await browser.close();
  web.close();
}
console.log(`${passed.length} checks passed`);
