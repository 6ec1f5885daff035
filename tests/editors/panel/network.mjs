// Outputs that reach for the network, in a real browser with real listeners: none may hear anything.
// Each (ways.mjs) is drawn by the renderer under the two policies that pages have, then once without any
// guard, where the listeners must hear it. Environment: CHROMIUM.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { FRAME_HASH } from "../../../editor-extension/panel/build.mjs";
import { BY_DATAGRAM, BY_PORT, WAYS } from "./ways.mjs";

const PANEL = join(import.meta.dirname, "../../../editor-extension/panel");
const { chromium } = createRequire(join(PANEL, "package.json"))("playwright-core");
const PATIENCE = 120_000;
const REDRAW = 10_000; // Milliseconds after which a part of the control that was not heard is drawn again.
/** All outputs are in sight: what is not need not load its pictures. */
const VIEWPORT = { width: 900, height: 9000 };

/** The policy of our panel, and of VS Code's notebooks, which lets its page load pictures and data. */
const POLICIES = {
  panel: `default-src 'none'; script-src 'self' '${FRAME_HASH}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; ` +
    "img-src data: blob:; font-src 'self' data:",
  notebook: "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
    "img-src 'self' http: https: data:; font-src 'self' https:; connect-src http: https:; child-src http: https: data:",
  none: "",
};

// What comes over HTTP says in its path which output sent it, and which of the ways it took; what only
// connects says it by the port.
const heard = new Set();
const http = createServer((request, response) => {
  heard.add(new URL(request.url, "http://x").pathname.slice(1).replace(/\.(png|js)$|\/world_110m\.json$/, ""));
  response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "text/plain" }).end();
});
http.on("upgrade", (request, socket) => {
  heard.add(request.url.slice(1));
  socket.destroy();
});
const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
const port = await listening(http);
const base = `http://127.0.0.1:${port}`;
const sockets = [];
async function connected(name) {
  const server = createTcp((socket) => {
    heard.add(name);
    socket.destroy();
  });
  sockets.push(server);
  return `http://127.0.0.1:${await listening(server)}`;
}
async function datagrams(name) {
  const socket = createSocket("udp4");
  socket.on("message", () => heard.add(name));
  sockets.push(socket);
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));
}

const plot = (to) => ({
  data: [{ type: "scattergeo", lon: [1], lat: [2] }],
  layout: { images: [{ source: `${to}-image.png`, xref: "paper", yref: "paper", x: 0, y: 1, sizex: 1, sizey: 1 }] },
  config: { topojsonURL: `${to}-topojson/` },
});
const PLOTS = ["image", "topojson"];
const markdown = (to) => `![a](${to}-markdown.png)\n\n<img src="${to}-tag.png">`;
const MARKDOWN = ["markdown", "tag"];

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
const web = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://x");
  const file = join(PANEL, "dist", pathname);
  const policy = POLICIES[pathname.slice(1)];
  if (policy !== undefined) {
    response.writeHead(200, { "content-type": "text/html", ...(policy && { "content-security-policy": policy }) });
    response.end("<!DOCTYPE html><html><body></body></html>");
  } else if (existsSync(file)) {
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain" });
    createReadStream(file).pipe(response);
  } else response.writeHead(404).end();
});
const site = `http://127.0.0.1:${await listening(web)}`;

// A profile of its own: without one Chromium connects to nothing ahead of a request.
const profile = mkdtempSync(join(tmpdir(), "panel-network-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  viewport: VIEWPORT,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await holds();
    if (value) return value;
    assert.ok(Date.now() < end, `Not seen in time: ${typeof what === "function" ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 50)); // Wait: for a page, which draws without telling
  }
}

/** Return the outputs to draw under a name: their types and contents. */
async function outputs(place) {
  const made = [];
  const add = (way, content, mime = "text/html") => made.push({ id: `${place}: ${way}`, mime, content: mime === "text/html" ? `<p>x</p>${content}` : content });
  const named = (way) => encodeURIComponent(`${place}: ${way}`);
  for (const [way, html] of Object.entries(WAYS)) add(way, html(`${base}/${named(way)}`));
  for (const [way, html] of Object.entries(BY_PORT)) add(way, html(await connected(named(way))));
  for (const [way, html] of Object.entries(BY_DATAGRAM)) add(way, html(await datagrams(named(way))));
  add("plot", JSON.stringify(plot(`${base}/${named("plot")}`)), "application/vnd.plotly.v1+json");
  add("text", markdown(`${base}/${named("text")}`), "text/markdown");
  return made;
}
const sent = (place) => [...heard].map(decodeURIComponent).filter((name) => name.startsWith(place)).sort();

/** Open a page with the renderer on it. */
async function openPage(policy) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${site}/${policy}`);
  await page.evaluate(async () => {
    // As VS Code's own listener in its notebooks, which obeys every message: it is there first.
    window.obeyed = [];
    window.posted = [];
    window.addEventListener("message", (event) => window.obeyed.push(event.data));
    const { activate } = await import("/renderer.js");
    window.renderer = await activate({ postMessage: (message) => window.posted.push(message) });
  });
  return page;
}
const draw = (page, { id, mime, content }) =>
  page.evaluate(async ({ id, mime, content }) => {
    const element = document.createElement("div");
    element.id = id;
    document.body.append(element);
    await window.renderer.renderOutputItem({ id, mime, metadata: {}, text: () => content }, element);
  }, { id, mime, content });
/** Wait until what was drawn has run: an output drawn last says so. */
async function waitUntilDrawn(page) {
  await draw(page, { id: "last", mime: "text/html", content: '<b id="ran"></b><script>ran.textContent = "ran"</script>' });
  const frame = page.locator("#last").frameLocator("iframe").frameLocator("iframe");
  await until("the last output has run", async () => (await frame.locator("#ran").textContent()) === "ran");
}

try {
  for (const policy of ["panel", "notebook"]) {
    const page = await openPage(policy);
    for (const output of await outputs(policy)) await draw(page, output);
    await waitUntilDrawn(page);
    if (policy === "panel") await works(page);
    await asks(page);
    await clicks(page);
  }
  // The control comes last: when all of it has been heard, what was drawn before has had its time.
  const control = await browser.newPage();
  await control.goto(`${site}/none`);
  const chunk = readdirSync(join(PANEL, "dist/chunks")).find((name) => name.startsWith("plotlyLibrary-"));
  const drawControl = ({ id, mime, content }) =>
    control.evaluate(async ({ id, mime, content, chunk }) => {
      const element = document.createElement("div");
      document.body.append(element);
      if (mime === "text/html") {
        const frame = document.createElement("iframe");
        frame.srcdoc = content;
        element.append(frame);
      } else if (mime === "text/markdown") {
        element.innerHTML = content.replace(/!\[a\]\((.*?)\)/, '<img src="$1">');
      } else {
        const { default: library } = await import(`/chunks/${chunk}`);
        window.eval(library[0]);
        const { data, layout, config } = JSON.parse(content);
        window.Plotly.newPlot(element, data, layout, config).catch(() => undefined);
      }
      return id;
    }, { id, mime, content, chunk });
  const controls = await outputs("control");
  for (const output of controls) await drawControl(output);
  const all = [...Object.keys(WAYS), ...Object.keys(BY_PORT), ...Object.keys(BY_DATAGRAM), ...PLOTS.map((part) => `plot-${part}`), ...MARKDOWN.map((part) => `text-${part}`)];
  const missing = () => all.filter((way) => !sent("control").includes(`control: ${way}`));
  // A browser under load may drop a connection: what was not heard is drawn again.
  let again = Date.now() + REDRAW;
  await until(() => `the control: ${missing().join(", ")}`, async () => {
    if (Date.now() < again) return missing().length === 0;
    again = Date.now() + REDRAW;
    const unheard = missing().map((way) => `control: ${way}`);
    for (const output of controls) if (unheard.some((way) => way.startsWith(output.id))) await drawControl(output);
    return missing().length === 0;
  });
  assert.deepEqual([...sent("panel"), ...sent("notebook")], []);
  assert.ok(await obeys(control), "the message without a guard");
  console.log(`${all.length} ways out are closed, each under two policies`);
  for (const page of browser.pages()) await page.close();
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
  for (const server of [http, web, ...sockets]) server.close();
}
process.exit();

/** What a user clicks in an output opens nothing: an address is offered, anything else is ignored. */
async function clicks(page) {
  const far = `${base}/clicked`;
  const content = `<a id="top" target="_top" href="${far}">top</a> <a id="blank" target="_blank" href="${far}">blank</a>
<svg width="40" height="20"><a id="vector" xlink:href="${far}"><rect width="40" height="20"/></a></svg>
<map name="areas"><area shape="rect" coords="0,0,40,20" href="${far}"></map><img id="area" usemap="#areas" width="40" height="20" alt="area">
<div id="shadow"><template shadowrootmode="open"><a href="${far}">shadow</a></template></div>
<form action="${far}" target="_blank"><button id="form">form</button></form><form action="${far}" target="_top"><button id="topform">form</button></form>
<a id="command" href="command:workbench.action.quit">command</a> <a id="editor" href="vscode://x/y">editor</a> <a id="file" href="file:///etc/hostname">file</a>
<a id="script" href="javascript:parent.postMessage(1, '*')">script</a> <a id="download" download="x.txt" href="data:text/plain,x">download</a><p id="end">end</p>`;
  await draw(page, { id: "clicks", mime: "text/html", content });
  const drawn = page.locator("#clicks");
  const inside = drawn.frameLocator("iframe").frameLocator("iframe");
  const before = page.url();
  const opened = [];
  const open = (name) => (event) => opened.push(`${name} ${event.url()}`);
  const [popup, download] = [open("page"), open("download")];
  browser.on("page", popup);
  page.on("download", download);
  const posted = await page.evaluate(() => window.posted.length);
  for (const id of ["top", "blank", "vector", "area", "shadow"]) {
    await inside.locator(id === "shadow" ? "#shadow a" : `#${id}`).click();
    await drawn.getByRole("button", { name: `Open ${far}` }).waitFor();
    await drawn.getByText("Dismiss").click();
  }
  for (const id of ["form", "topform", "command", "editor", "file", "script", "download"]) await inside.locator(`#${id}`).click();
  // The frame is the same as before, and answers: none of the clicks led it away.
  await inside.locator("#end").click();
  assert.equal(await drawn.getByRole("button", { name: /^Open/ }).count(), 0);
  assert.equal(page.url(), before);
  assert.deepEqual(opened, []);
  assert.equal(await page.evaluate(() => window.posted.length), posted);
  assert.ok(!heard.has("clicked"));
  browser.off("page", popup);
  page.off("download", download);
}

/** Without a guard a frame's message is heard by everyone on the page. */
function obeys(page) {
  return page.evaluate(() => new Promise((resolve) => {
    window.addEventListener("message", (event) => event.data.type === "preload" && resolve(true));
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.srcdoc = '<script>parent.postMessage({ type: "preload" }, "*")</script>';
    document.body.append(frame);
  }));
}

/** What outputs may do still works. */
async function works(page) {
  const content = `<p id="log"></p><script>const log = document.getElementById("log"); log.append(document.currentScript.previousElementSibling === log ? "current " : "lost ");</script>
<script>let count = 1; class Known {} document.addEventListener("DOMContentLoaded", () => log.append("ready ")); window.onload = () => log.append("loaded ");</script>
<script>log.append(typeof Known + count + " "); document.write("<i>written</i>");</script>
<button onclick="count += 1; log.append('clicked' + count + ' ')">x</button><img id="dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
<script>const later = document.createElement("script"); later.text = "log.append('later ')"; document.head.append(later);
const link = document.createElement("link"); link.rel = "stylesheet"; link.onload = () => 0; document.head.append(link);
fetch("${base}/x").catch(() => log.append("refused "));</script>
<script type="module">await 0; log.append("module ");</script><script type="application/json" id="data">{"a": "<link>"}</script>
<script src="${base}/gone.js"></script><script>log.append(JSON.parse(document.getElementById("data").textContent).a + " ");</script>`;
  await draw(page, { id: "works", mime: "text/html", content });
  const frame = page.locator("#works").frameLocator("iframe").frameLocator("iframe");
  await frame.locator("button").click();
  const words = ["current", "function1", "<link>", "ready", "loaded", "clicked2", "later", "refused", "module"];
  const logText = () => frame.locator("#log").innerText();
  await until(`the output's own scripts have run`, async () => words.every(async (word) => (await logText()).includes(word)));
  for (const word of words) await until(`${word} in the output`, async () => (await logText()).includes(word));
  assert.equal(await frame.locator("i").innerText(), "written");
  assert.equal(await frame.locator("#dot").evaluate((image) => image.naturalWidth), 1);
  await frame.getByText(`The script ${base}/gone.js was not loaded`).waitFor();
}

/** What an output asks of its page is done after a click in the page, and what it sends goes no further. */
async function asks(page) {
  const content = `<a id="go" href="https://example.com/page">go</a><script>
const all = [parent, parent.parent, top];
for (const place of all) { place.postMessage({ open: "https://example.com/unasked" }, "*"); place.postMessage({ type: "preload", resources: [] }, "*"); }
parent.parent.postMessage({ open: "command:workbench.action.quit" }, "*"); parent.parent.postMessage({ open: "javascript:alert(1)" }, "*");
</script>`;
  await draw(page, { id: "asks", mime: "text/html", content });
  const drawn = page.locator("#asks");
  const offer = drawn.getByRole("button", { name: "Open https://example.com/unasked" });
  await offer.waitFor();
  await offer.evaluate((button) => button.click());
  await drawn.frameLocator("iframe").frameLocator("iframe").locator("#go").click();
  const open = drawn.getByRole("button", { name: "Open https://example.com/page" });
  await open.waitFor();
  assert.deepEqual(await page.evaluate(() => window.posted), []);
  await until("the address to be opened", async () => {
    if (await open.count()) await open.click({ timeout: 1000 }).catch(() => undefined);
    return page.evaluate(() => window.posted.length);
  });
  assert.deepEqual(await page.evaluate(() => window.posted), [{ type: "open", url: "https://example.com/page" }]);
  // VS Code's own listener has been called, and was told nothing.
  const obeyed = await page.evaluate(() => window.obeyed);
  assert.ok(obeyed.length > 4);
  assert.deepEqual(obeyed.filter((message) => Object.keys(message).length > 0), []);
}
