// Outputs that reach for the network, in a real browser with real listeners: none may hear anything.
// Each is drawn by the renderer under the two policies that pages have, then once without any guard,
// where the listeners must hear it. Environment: CHROMIUM.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { FRAME_HASH } from "../../../editor-extension/panel/build.mjs";

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

const rtc = (udp) => `const way = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${udp}" }] });
way.createDataChannel("x"); way.createOffer().then((offer) => way.setLocalDescription(offer));`;
const script = (text) => `<script>${text}</script>`;
const inChild = (text) => script(`const frame = document.createElement("iframe");
frame.srcdoc = ${JSON.stringify(`<script>${text}</script>`).replaceAll("</", "<\\/")}; document.body.append(frame);`);

/** The ways out: of each, HTML that takes it to an address. */
const WAYS = {
  "a script": (to) => `<script src="${to}.js"></script>`,
  "a module": (to) => `<script type="module">import "${to}.js";</script>`,
  "a later script": (to) => script(`const made = document.createElement("script"); made.src = "${to}.js"; document.head.append(made);`),
  import: (to) => script(`import("${to}.js").catch(() => 0);`),
  modulepreload: (to) => `<link rel="modulepreload" href="${to}.js">`,
  prefetch: (to) => `<link rel="prefetch" href="${to}.png">`,
  stylesheet: (to) => `<link rel="stylesheet" href="${to}">`,
  "import of a style": (to) => `<style>@import url("${to}");</style>`,
  "picture of a style": (to) => `<p style="background: url(${to}.png)">text</p>`,
  picture: (to) => `<img src="${to}.png">`,
  "picture in an SVG": (to) => `<svg width="9" height="9"><image href="${to}.png" width="9" height="9"/></svg>`,
  "a video": (to) => `<video src="${to}" autoplay muted></video>`,
  frame: (to) => `<iframe src="${to}"></iframe>`,
  "a later frame": (to) => script(`const made = document.createElement("iframe"); made.src = "${to}"; document.body.append(made);`),
  object: (to) => `<object data="${to}" type="text/html"></object>`,
  fetch: (to) => script(`fetch("${to}").catch(() => 0);`),
  request: (to) => script(`const asked = new XMLHttpRequest(); asked.open("GET", "${to}"); asked.send();`),
  beacon: (to) => script(`navigator.sendBeacon("${to}", "x");`),
  "an event source": (to) => script(`new EventSource("${to}");`),
  "a web socket": (to) => script(`new WebSocket("${to.replace("http", "ws")}");`),
  "a worker": (to) => script(`new Worker(URL.createObjectURL(new Blob(['fetch("${to}").catch(() => 0)'])));`),
  "going away": (to) => script(`location.href = "${to}";`),
  "a refresh": (to) => `<meta http-equiv="refresh" content="0; url=${to}">`,
  "a later refresh": (to) => script(`const made = document.createElement("div");
made.innerHTML = '<meta http-equiv="refresh" content="0; url=${to}">'; document.head.append(made.firstChild);`),
  "a link clicked by a script": (to) => `<a id="away" href="${to}">x</a>${script("away.click();")}`,
};
/** Those that a listener knows by its port: what they send has no path. */
const BY_PORT = {
  preconnect: (to) => `<link rel="preconnect" href="${to}">`,
  "a later preconnect": (to) => script(`const made = document.createElement("link"); made.rel = "preconnect"; made.href = "${to}"; document.head.append(made);`),
  "preconnect as HTML": (to) => script(`String.prototype.replace = function () { return this; };
document.body.insertAdjacentHTML("beforeend", '<LINK rel="preconnect" href="${to}">');`),
  "preconnect as XML": (to) => script(`const made = new DOMParser().parseFromString('<!DOCTYPE a [<!ENTITY x "&#60;b:link xmlns:b=\\'http://www.w3.org/1999/xhtml\\' rel=\\'preconnect\\' href=\\'${to}\\'/>">]><a>&x;</a>', "text/xml");
document.body.append(...made.documentElement.childNodes);`),
  "preconnect in a shadow": (to) => `<div><template shadowrootmode="open"><link rel="preconnect" href="${to}"></template></div>`,
  "preconnect by another document": (to) => script(`const made = document.implementation.createDocument("http://www.w3.org/1999/xhtml", "link").documentElement;
made.setAttribute("rel", "preconnect"); made.setAttribute("href", "${to}"); document.body.append(made);`),
  "preconnect by a class": (to) => script(`class Link extends HTMLLinkElement {} customElements.define("x-link", Link, { extends: "link" });
const made = new Link(); made.rel = "preconnect"; made.href = "${to}"; document.body.append(made);`),
  "preconnect in a frame": (to) => `<iframe srcdoc="<link rel=preconnect href=${to}>"></iframe>`,
};
const BY_DATAGRAM = {
  WebRTC: (udp) => script(rtc(udp)),
  "WebRTC in a frame": (udp) => inChild(rtc(udp)),
  "WebRTC in a frame of the HTML": (udp) => `<iframe srcdoc='${script(rtc(udp))}'></iframe>`,
};
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
  const pages = [];
  for (const policy of ["panel", "notebook"]) {
    const page = await openPage(policy);
    pages.push(page);
    for (const output of await outputs(policy)) await draw(page, output);
    await waitUntilDrawn(page);
    if (policy === "panel") await works(page);
    await asks(page);
  }
  // The control comes last: when all of it has been heard, what was drawn before has had its time.
  const control = await browser.newPage();
  pages.push(control);
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
  for (const page of pages) await page.close();
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
  for (const server of [http, web, ...sockets]) server.close();
}
process.exit();

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
