// The companion page in a browser, with a scripted server behind it: its files over HTTP, and its
// messages by a WebSocket that playwright answers. Environment: CHROMIUM, SHOTS (folder or empty).
import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { FRAME_HASH } from "../../editor-extension/panel/build.mjs";

const PANEL = join(import.meta.dirname, "../../editor-extension/panel");
const ASSETS = join(import.meta.dirname, "../../server/cellbridge/page/assets");
const { chromium } = createRequire(join(PANEL, "package.json"))("playwright-core");
const { CHROMIUM, SHOTS } = process.env;

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };
const POLICY =
  `default-src 'none'; script-src 'self' '${FRAME_HASH}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; ` +
  "img-src data: blob:; font-src 'self' data:; connect-src 'self' ws://page.test";
const HTML = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Cellbridge</title>
<link rel="stylesheet" href="/page.css"></head><body><script type="module" src="/page.js"></script></body></html>`;

/** A cell as the server sends it; each has three lines. */
export function cell(id, index, more = {}) {
  const [start, end] = [index * 3, index * 3 + 3].map((line) => ({ line, character: 0 }));
  return { id, index, kind: "code", title: "", range: { start, end }, anchor: end, ...more };
}
export function ran(id, count, more = {}) {
  return { run: { id, state: "ok", version: 1, count, startedAt: 1000, endedAt: 1001.2, ...more }, fresh: true };
}
export const printed = (text, name = "stdout") => ({ kind: "stream", name, text, chars: text.length, lines: text.split("\n").length });
export const shown = (data) => ({ kind: "display", data });

/** Start the files' server, the browser and a page that speaks with `host`. */
export async function openBrowser() {
  const served = { status: 200 };
  const web = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const file = join(ASSETS, pathname);
    if (pathname === "/") {
      response.writeHead(served.status, { "content-type": "text/html", "content-security-policy": POLICY }).end(HTML);
    } else if (existsSync(file)) {
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain" });
      createReadStream(file).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  const address = `http://127.0.0.1:${web.address().port}/`;
  return {
    address,
    browser,
    served,
    close: async () => {
      await browser.close();
      web.close();
    },
  };
}

/** The server's side of one page: it keeps what was sent, and answers requests by `answers`. */
export class ScriptedHost {
  received = [];
  answers = {};
  /** Called with each message. */
  onMessage = () => undefined;
  refusing = false;

  async attach(page) {
    await page.routeWebSocket(/\/socket$/, (socket) => {
      if (this.refusing) {
        socket.close();
        return;
      }
      this.socket = socket;
      socket.onMessage((text) => {
        const message = JSON.parse(text);
        this.received.push(message);
        if (message.type === "request") {
          const answer = this.answers[message.method];
          if (answer !== undefined) this.send({ type: "answer", id: message.id, ...answer(message.params) });
        }
        this.onMessage(message);
      });
    });
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  last(type) {
    return this.received.findLast((message) => message.type === type);
  }

  commands(name) {
    return this.received.filter(({ type, command }) => type === "command" && command === name);
  }
}

let shots = 0;
export async function shot(page, name, options = {}) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${String(++shots).padStart(2, "0")}-${name}.png`), ...options });
}

export async function until(page, what, holds) {
  const end = Date.now() + 30_000;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) {
      await shot(page, "failed");
      assert.fail(`Not seen in time: ${what}`);
    }
    await page.waitForTimeout(20); // Wait: for the page, which draws without telling
  }
}
