/**
 * HTML and JavaScript that a cell made, in a frame of their own.
 *
 * Such output is untrusted: a notebook may come from anywhere. It stands in a frame within a frame, both
 * without an origin, so it reaches neither the page nor the editor nor what they store. The policy of the
 * outer frame holds for all that is in it, and for where the inner one may go: nowhere, since it names no
 * host. What is drawn must be in the output. Its scripts run, since plots are made of them.
 *
 * The policy lets one script through, ours (frame.inline.js), by its hash: the output has no nonce and no
 * inline script of its own. Ours takes away what no policy stops and runs the output's scripts. What the
 * frame asks for, such as opening a link, is offered below it and done after a click in the page.
 */

import { h, textButton } from "../dom";
import { webAddress } from "../links";
import { colourOf, isDark } from "./themeColours";
import program from "./frame.inline.js";
import type { DrawnOutput, Renderer, OutputContext } from "./types";
import { textOf } from "./mimeValues";

/** The hash of `frame.inline.js` as policies name it; build.mjs puts it in. */
declare const FRAME_HASH: string;

const MAX_HEIGHT = 20_000;

/** Milliseconds in which a click on an offer does not count: it was meant for what stood there before. */
const CLICK_DELAY = 400;

const BARRED = "iframe, frame, frameset, object, embed, link, meta, base, portal, fencedframe";
const BARRED_TAG = new RegExp(`<(?=/?(?:[^\\s<>/:]*:)?(?:${BARRED.replaceAll(", ", "|")})(?:[\\s/>]|$))`, "gi");

/** What a frame may load and run. */
export function framePolicy(): string {
  return [
    "default-src 'none'",
    `script-src '${FRAME_HASH}' 'unsafe-eval'`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "media-src data: blob:",
    "font-src data:",
    "worker-src blob:",
    "connect-src 'none'",
    "frame-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; ");
}

/** The parts of an output: its HTML with places for scripts, and their texts. */
export interface HtmlParts {
  html: string;
  scripts: string[];
}

/** Take an output apart. It is parsed in an inert document: nothing runs here, and nothing is loaded. */
export function extractScripts(html: string): HtmlParts {
  const scripts: string[] = [];
  if (!/<(?:script|iframe|frame|object|embed|link|meta|base|portal|fencedframe)/i.test(html)) return { html, scripts };
  const parsed = new DOMParser().parseFromString(html, "text/html");
  removeBarred(parsed, scripts);
  return { html: (parsed.head.innerHTML + parsed.body.innerHTML).replace(BARRED_TAG, "&lt;"), scripts };
}

function removeBarred(root: ParentNode, scripts: string[]): void {
  for (const element of root.querySelectorAll(BARRED)) {
    const leads = element.getAttribute("src") ?? element.getAttribute("data");
    const shows = /^(i?frame|object|embed|fencedframe|portal)$/i.test(element.localName);
    element.replaceWith(...(shows ? [createNote(`A frame${leads === null ? "" : ` with ${leads}`} is not shown, since outputs have no network and no frames.`)] : []));
  }
  for (const script of root.querySelectorAll("script")) {
    const source = script.getAttribute("src") ?? script.getAttribute("href");
    if (source !== null) {
      script.replaceWith(createNote(`The script ${source} was not loaded, since outputs have no network; embed it in the output.`));
      continue;
    }
    const type = script.getAttribute("type") ?? "";
    script.setAttribute("data-script", String(scripts.push(script.textContent) - 1));
    script.setAttribute("data-type", type);
    script.setAttribute("type", "cellbridge/script");
    script.removeAttribute("nonce");
    script.textContent = "";
  }
  for (const template of root.querySelectorAll("template")) removeBarred(template.content, scripts);
}

function createNote(words: string): HTMLElement {
  return h("div", { className: "cellbridge-note" }, words);
}

/** Return the document of the inner frame. */
function innerDocument({ html, scripts }: HtmlParts, style: string): string {
  const texts = JSON.stringify(scripts).replaceAll("<", "\\u003c");
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${framePolicy()}">
<meta http-equiv="x-dns-prefetch-control" content="off">
<style>${style}</style>
<script>${program}</script>
</head><body><div id="output">${html}</div>
<script type="application/json" id="cellbridge-scripts">${texts}</script></body></html>`;
}

/** Return the document of the outer frame, which holds the inner one and its policy, and no script. */
export function frameDocument(parts: HtmlParts, style: string, scheme: string): string {
  const inner = innerDocument(parts, style).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${framePolicy()}">
<style>:root { color-scheme: ${scheme}; } html, body { margin: 0; height: 100%; background: transparent; }
iframe { display: block; width: 100%; height: 100%; border: none; }</style></head>
<body><iframe sandbox="allow-scripts" referrerpolicy="no-referrer" title="Output of the cell" srcdoc="${inner}"></iframe></body></html>`;
}

/** The look of a page inside the frame, with the values the variables have outside of it. */
function frameStyle(scheme: string): string {
  const computed = getComputedStyle(document.body);
  const value = (name: string, otherwise: string): string =>
    computed.getPropertyValue(name).trim() || otherwise;
  return `
    :root { color-scheme: ${scheme}; }
    body { margin: 0; color: ${computed.color}; background: transparent;
      font: ${value("--panel-font-size", "13px")} ${value("--panel-font", "sans-serif")}; }
    /* A flow of its own, so that margins of what is in it count to its height. */
    #output { display: flow-root; overflow-x: auto; }
    .cellbridge-note { opacity: 0.8; font-style: italic; }
    a { color: ${colourOf("--panel-link")}; }
    table { border-collapse: collapse; font-size: 12px; }
    th, td { padding: 2px 8px; text-align: right; border: none; }
    tr { border-bottom: 1px solid ${colourOf("--panel-border")}; }
    tbody tr:nth-child(even) { background: ${colourOf("--panel-stripe")}; }
    pre, code { font-family: ${value("--panel-mono", "monospace")}; }`;
}

/** The frames on the page, and who hears what the output in each says. */
const frames = new Map<HTMLIFrameElement, (data: unknown) => void>();

/** Whether messages are kept apart by now. */
let isolated = false;

/**
 * Have what outputs say reach nobody but us: VS Code's own listener in a notebook obeys whatever it is
 * sent, from wherever, and would show the output's HTML in its page. It was there before us, and no
 * listener can be put before it, so messages from our frames are empty for everyone else.
 */
function isolateMessages(): void {
  if (isolated) return;
  isolated = true;
  const own = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
  const contentOf = (event: MessageEvent): unknown => own?.get?.call(event);
  Object.defineProperty(MessageEvent.prototype, "data", {
    configurable: true,
    enumerable: true,
    get(this: MessageEvent): unknown {
      return isFromOutput(this) ? {} : contentOf(this);
    },
  });
  window.addEventListener("message", (event) => {
    for (const [frame, hear] of frames) {
      // The output's own window is the only one in the outer frame. One that is not there yet throws.
      const outer = frame.contentWindow;
      if (outer?.length === 1 && event.source === outer[0]) hear(contentOf(event));
    }
  });
}

function isFromOutput(event: MessageEvent): boolean {
  const source = event.source as Window | null;
  // A frame that is gone by now has no window any more, and never had an origin.
  if (source === null) return event.origin === "null";
  if (source === window || !("parent" in source)) return false;
  const around = new Set<Window | null>();
  for (let at = source; !around.has(at); at = at.parent) around.add(at);
  return [...frames.keys()].some((frame) => around.has(frame.contentWindow));
}

/** Show HTML in a frame as tall as what is in it. */
export function drawSandboxed(parts: HtmlParts, around: OutputContext): DrawnOutput {
  const frame = document.createElement("iframe");
  frame.className = "sandbox";
  frame.title = "Output of the cell";
  // Neither allow-same-origin nor anything that leaves the frame.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  const offers = h("div", { className: "offers" });
  isolateMessages();
  frames.set(frame, (data) => {
    const { height, open, save } = (data ?? {}) as { height?: unknown; open?: unknown; save?: unknown };
    if (typeof height === "number") frame.style.height = `${Math.min(MAX_HEIGHT, Math.max(1, height))}px`;
    const url = typeof open === "string" ? webAddress(open) : undefined;
    if (url !== undefined) offerAction(offers, `Open ${url}`, () => around.open(url));
    const image = typeof save === "string" ? /^data:image\/png;base64,([A-Za-z0-9+/=]+)$/.exec(save)?.[1] : undefined;
    if (image !== undefined) offerAction(offers, "Save the picture", () => around.save("plot.png", image, "base64"));
  });
  const scheme = isDark() ? "dark" : "light";
  frame.srcdoc = frameDocument(parts, frameStyle(scheme), scheme);
  return {
    element: h("div", { className: "sandboxed" }, frame, offers),
    dispose: () => void frames.delete(frame),
  };
}

/** Offer what an output asks for; it is done after a click of the user on the offer. */
function offerAction(place: HTMLElement, words: string, act: () => void): void {
  const since = performance.now();
  const button = h("button", { className: "text-button", type: "button" }, words);
  button.addEventListener("click", (event) => {
    if (!event.isTrusted || performance.now() - since < CLICK_DELAY) return;
    place.replaceChildren();
    act();
  });
  place.replaceChildren("The output asks: ", button, " ", textButton("Dismiss", () => place.replaceChildren()));
}

export const htmlRenderer: Renderer = (content, _mime, around) => drawSandboxed(extractScripts(textOf(content)), around);

/** JavaScript as a cell displays it: it finds the element it may draw in under the name `element`. */
export const scriptRenderer: Renderer = (content, _mime, around) =>
  drawSandboxed(
    {
      html: '<div id="element"></div><script type="cellbridge/script" data-script="0" data-type=""></script>',
      scripts: [`(function (element) {\n${textOf(content)}\n})(document.getElementById("element"))`],
    },
    around,
  );
