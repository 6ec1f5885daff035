/**
 * Draws HTML and JavaScript outputs in a sandbox.
 *
 * Such output is untrusted, because a notebook may come from anywhere. It is drawn in a frame within a
 * frame, both without an origin, so it cannot access the page, the editor or their storage. The policy of
 * the outer frame also applies to its content, and to navigation of the inner frame. The policy names no
 * host, so the output must contain all that is drawn. Its scripts run, because plots need them.
 *
 * The policy allows one script, frame.inline.js, by its hash. The output has no nonce and no inline script.
 * The allowed script removes the APIs that no policy restricts, and runs the scripts of the output. A
 * request of the frame, such as opening a link, is shown below it and needs a click of the user.
 */

import { h, textButton } from "../dom";
import { webAddress } from "../links";
import { colourOf, isDark } from "./themeColours";
import program from "./frame.inline.js";
import type { DrawnOutput, Renderer, OutputContext } from "./types";
import { textOf } from "./mimeValues";

/** The hash of `frame.inline.js` for policies. build.mjs defines it. */
declare const FRAME_HASH: string;

const MAX_HEIGHT = 20_000;

/** Milliseconds in which a click on a new button is ignored: it was meant for the previous content. */
const CLICK_DELAY = 400;

const BARRED = "iframe, frame, frameset, object, embed, link, meta, base, portal, fencedframe";
const BARRED_TAG = new RegExp(`<(?=/?(?:[^\\s<>/:]*:)?(?:${BARRED.replaceAll(", ", "|")})(?:[\\s/>]|$))`, "gi");

/** Return the content security policy of the frames. */
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

/** The HTML of an output with placeholders for scripts, and the sources of the scripts. */
export interface HtmlParts {
  html: string;
  scripts: string[];
}

/** Separate scripts from HTML. An inert document parses it: nothing runs, and nothing is loaded. */
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
    element.replaceWith(...(shows ? [createNote(`A frame${leads === null ? "" : ` with ${leads}`} is not shown, because outputs have no network and no frames.`)] : []));
  }
  for (const script of root.querySelectorAll("script")) {
    const source = script.getAttribute("src") ?? script.getAttribute("href");
    if (source !== null) {
      script.replaceWith(createNote(`The script ${source} was not loaded, because outputs have no network. Embed it in the output.`));
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

/** Return the document of the outer frame, which contains the policy and the inner frame, and no script. */
export function frameDocument(parts: HtmlParts, style: string, scheme: string): string {
  const inner = innerDocument(parts, style).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${framePolicy()}">
<style>:root { color-scheme: ${scheme}; } html, body { margin: 0; height: 100%; background: transparent; }
iframe { display: block; width: 100%; height: 100%; border: none; }</style></head>
<body><iframe sandbox="allow-scripts" referrerpolicy="no-referrer" title="Output of the cell" srcdoc="${inner}"></iframe></body></html>`;
}

/** Return the styles of the inner frame, with the current values of the page's variables. */
function frameStyle(scheme: string): string {
  const computed = getComputedStyle(document.body);
  const value = (name: string, otherwise: string): string =>
    computed.getPropertyValue(name).trim() || otherwise;
  return `
    :root { color-scheme: ${scheme}; }
    body { margin: 0; color: ${computed.color}; background: transparent;
      font: ${value("--panel-font-size", "13px")} ${value("--panel-font", "sans-serif")}; }
    /* Its own formatting context, so that the margins of its content count as height. */
    #output { display: flow-root; overflow-x: auto; }
    .cellbridge-note { opacity: 0.8; font-style: italic; }
    a { color: ${colourOf("--panel-link")}; }
    table { border-collapse: collapse; font-size: 12px; }
    th, td { padding: 2px 8px; text-align: right; border: none; }
    tr { border-bottom: 1px solid ${colourOf("--panel-border")}; }
    tbody tr:nth-child(even) { background: ${colourOf("--panel-stripe")}; }
    pre, code { font-family: ${value("--panel-mono", "monospace")}; }`;
}

/** The frames on the page, with a listener for the messages of each. */
const frames = new Map<HTMLIFrameElement, (data: unknown) => void>();

/** True once the messages are isolated. */
let isolated = false;

/**
 * Hide the messages of outputs from all other listeners. VS Code's listener in a notebook obeys every
 * message, whatever its source, and would show HTML of the output in its page. It was registered first,
 * and no listener can precede it, so the messages of these frames are empty for all others.
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
      // The window of the output is the only one in the outer frame. It throws if it does not exist yet.
      const outer = frame.contentWindow;
      if (outer?.length === 1 && event.source === outer[0]) hear(contentOf(event));
    }
  });
}

function isFromOutput(event: MessageEvent): boolean {
  const source = event.source as Window | null;
  // A removed frame has no window and never had an origin.
  if (source === null) return event.origin === "null";
  if (source === window || !("parent" in source)) return false;
  const around = new Set<Window | null>();
  for (let at = source; !around.has(at); at = at.parent) around.add(at);
  return [...frames.keys()].some((frame) => around.has(frame.contentWindow));
}

/** Draw HTML in a frame that is as high as its content. */
export function drawSandboxed(parts: HtmlParts, around: OutputContext): DrawnOutput {
  const frame = document.createElement("iframe");
  frame.className = "sandbox";
  frame.title = "Output of the cell";
  // Without allow-same-origin, and without permissions beyond the frame.
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
    if (image !== undefined) offerAction(offers, "Save the image", () => around.save("plot.png", image, "base64"));
  });
  const scheme = isDark() ? "dark" : "light";
  frame.srcdoc = frameDocument(parts, frameStyle(scheme), scheme);
  return {
    element: h("div", { className: "sandboxed" }, frame, offers),
    dispose: () => void frames.delete(frame),
  };
}

/** Show a button for a request of an output. The action runs only after a click of the user. */
function offerAction(place: HTMLElement, words: string, act: () => void): void {
  const since = performance.now();
  const button = h("button", { className: "text-button", type: "button" }, words);
  button.addEventListener("click", (event) => {
    if (!event.isTrusted || performance.now() - since < CLICK_DELAY) return;
    place.replaceChildren();
    act();
  });
  place.replaceChildren("The output requests: ", button, " ", textButton("Dismiss", () => place.replaceChildren()));
}

export const htmlRenderer: Renderer = (content, _mime, around) => drawSandboxed(extractScripts(textOf(content)), around);

/** Draws a JavaScript output, in which the variable `element` is the element to draw in. */
export const scriptRenderer: Renderer = (content, _mime, around) =>
  drawSandboxed(
    {
      html: '<div id="element"></div><script type="cellbridge/script" data-script="0" data-type=""></script>',
      scripts: [`(function (element) {\n${textOf(content)}\n})(document.getElementById("element"))`],
    },
    around,
  );
