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

import { bokehPlaces } from "../charts/bokeh";
import { librariesFor, scriptPlace, type FrameLibraries } from "../charts/libraries";
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
  /** The libraries that the scripts use. */
  libraries?: FrameLibraries;
}

/**
 * Separate scripts from HTML. An inert document parses it: nothing runs, and nothing is loaded. Scripts
 * with an address are left out without a note if `addresses` matches it.
 */
export function extractScripts(html: string, addresses?: RegExp): HtmlParts {
  const scripts: string[] = [];
  if (!/<(?:script|iframe|frame|object|embed|link|meta|base|portal|fencedframe)/i.test(html)) return { html, scripts };
  const parsed = onlyDocument(new DOMParser().parseFromString(html, "text/html"));
  removeBarred(parsed, scripts, addresses);
  return { html: (parsed.head.innerHTML + parsed.body.innerHTML).replace(BARRED_TAG, "&lt;"), scripts };
}

/** Return the document in the only frame of an output that shows nothing else, such as a map of Folium. */
function onlyDocument(parsed: Document): Document {
  const [frame, another] = parsed.querySelectorAll("iframe");
  const source = frame?.getAttribute("srcdoc");
  if (source == null || another !== undefined || parsed.querySelector("script, img, svg, canvas, table") !== null) return parsed;
  // Folium has a sentence behind its map, for pages that do not draw it.
  if (!/^(?:Make this Notebook Trusted to load map.*)?$/.test(parsed.body.textContent.trim())) return parsed;
  return new DOMParser().parseFromString(source, "text/html");
}

function removeBarred(root: ParentNode, scripts: string[], addresses?: RegExp): void {
  for (const element of root.querySelectorAll(BARRED)) {
    const leads = element.getAttribute("src") ?? element.getAttribute("data");
    const shows = /^(i?frame|object|embed|fencedframe|portal)$/i.test(element.localName);
    element.replaceWith(...(shows ? [createNote(`A frame${leads === null ? "" : ` with ${leads}`} is not shown, because outputs have no network and no frames.`)] : []));
  }
  for (const script of root.querySelectorAll("script")) {
    const source = script.getAttribute("src") ?? script.getAttribute("href");
    if (source !== null) {
      if (addresses?.test(source) === true) script.remove();
      else script.replaceWith(createNote(`The script ${source} was not loaded, because outputs have no network. Embed it in the output.`));
      continue;
    }
    const type = script.getAttribute("type") ?? "";
    script.setAttribute("data-script", String(scripts.push(script.textContent) - 1));
    script.setAttribute("data-type", type);
    script.setAttribute("type", "cellbridge/script");
    script.removeAttribute("nonce");
    script.textContent = "";
  }
  for (const template of root.querySelectorAll("template")) removeBarred(template.content, scripts, addresses);
}

function createNote(words: string): HTMLElement {
  return h("div", { className: "cellbridge-note" }, words);
}

/** Return the document of the inner frame. */
function innerDocument({ html, scripts, libraries }: HtmlParts, style: string): string {
  const own = { scripts, libraries: libraries?.scripts ?? [], addresses: libraries?.addresses?.source ?? "" };
  const texts = JSON.stringify(own).replaceAll("<", "\\u003c");
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${framePolicy()}">
<meta http-equiv="x-dns-prefetch-control" content="off">
<style>${style}${libraries?.style ?? ""}</style>
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
    :root { color-scheme: ${scheme}; --cellbridge-border: ${colourOf("--panel-border")}; }
    /* The frame is as high as its content: a height of 100 % would be that of an empty frame. */
    html, body { height: auto !important; }
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
const frames = new Map<HTMLIFrameElement, (data: unknown, ports: readonly MessagePort[]) => void>();

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
      if (outer?.length === 1 && event.source === outer[0]) hear(contentOf(event), event.ports);
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

/** Draw HTML in a frame that is as high as its content. `connect` gets the ports that its scripts send. */
export function drawSandboxed(parts: HtmlParts, around: OutputContext, connect?: (port: MessagePort) => void): DrawnOutput {
  const frame = document.createElement("iframe");
  frame.className = "sandbox";
  frame.title = "Output of the cell";
  // Without allow-same-origin, and without permissions beyond the frame.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  const offers = h("div", { className: "offers" });
  isolateMessages();
  frames.set(frame, (data, ports) => {
    for (const port of ports) connect?.(port);
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

/** Draws HTML, with the libraries that its scripts use. */
export const htmlRenderer: Renderer = async (content, _mime, around) => {
  const html = textOf(content);
  const libraries = await librariesFor(html);
  return drawSandboxed({ ...extractScripts(html, libraries.addresses), libraries }, around);
};

/** Draws a JavaScript output, in which the variable `element` is the element to draw in. */
export const scriptRenderer: Renderer = async (content, _mime, around) => {
  const script = textOf(content);
  return drawSandboxed(
    {
      html: `${bokehPlaces(script)}<div id="element"></div>${scriptPlace(0)}`,
      scripts: [`(function (element) {\n${script}\n})(document.getElementById("element"))`],
      libraries: await librariesFor(script),
    },
    around,
  );
};
