/**
 * HTML and JavaScript that a cell made, in a frame of their own.
 *
 * Such output is untrusted: a notebook may come from anywhere. The frame has no origin, so it reaches
 * neither the page nor the editor nor what they store, and its policy lets it load nothing from
 * anywhere: what it draws must be in it. Its scripts run, since plots are made of them.
 *
 * The page's own policy is handed down to the frame. It runs only scripts with its nonce, so those of
 * the output are given it; and attributes such as `onclick`, which cannot have one, are turned into
 * listeners within the frame.
 */

import { colourOf, isDark } from "./colours";
import type { Drawn, Renderer, Surroundings } from "./types";
import { textOf } from "./values";

const TALLEST = 20_000;

/** The nonce of the page's policy; empty where there is none. */
export function pageNonce(): string {
  return document.querySelector<HTMLElement>("script[nonce]")?.nonce ?? "";
}

/** Return the document of the frame that shows `html`. */
export function frameDocument(html: string, nonce: string, style: string, token: string): string {
  const given = nonce === "" ? html : withNonce(html, nonce);
  const script = nonce === "" ? "'unsafe-inline'" : `'nonce-${nonce}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${script} 'unsafe-eval'`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "media-src data: blob:",
    "font-src data:",
    "worker-src blob:",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
  const attribute = nonce === "" ? "" : ` nonce="${nonce}"`;
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${style}</style>
<script${attribute}>(${inFrame.toString()})(${JSON.stringify(token)}, ${String(nonce !== "")})</script>
</head><body><div id="output">${given}</div></body></html>`;
}

/** Give the scripts of a piece of HTML the nonce. Parsed in an inert document: nothing runs here. */
function withNonce(html: string, nonce: string): string {
  if (!/<script/i.test(html)) return html;
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const script of parsed.querySelectorAll("script")) script.setAttribute("nonce", nonce);
  return parsed.head.innerHTML + parsed.body.innerHTML;
}

/**
 * Runs inside the frame: tells its height, and of links that were clicked. It is sent as text, so it
 * uses nothing from outside of it.
 */
function inFrame(token: string, rewire: boolean): void {
  const say = (message: object): void => window.parent.postMessage({ frame: token, ...message }, "*");
  const listeners = (root: ParentNode): void => {
    for (const element of root.querySelectorAll("*")) {
      for (const { name, value } of [...element.attributes]) {
        if (!name.startsWith("on")) continue;
        element.removeAttribute(name);
        // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the attribute would do
        const handler = new Function("event", value);
        element.addEventListener(name.slice(2), (event) => {
          if (handler.call(element, event) === false) event.preventDefault();
        });
      }
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const url = link?.getAttribute("href") ?? "";
    if (/^https?:/i.test(url)) {
      event.preventDefault();
      say({ open: url });
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    const output = document.getElementById("output") ?? document.body;
    if (rewire) {
      listeners(output);
      new MutationObserver(() => listeners(output)).observe(output, { childList: true, subtree: true });
    }
    const measure = (): void => say({ height: Math.ceil(output.getBoundingClientRect().height) });
    new ResizeObserver(measure).observe(output);
    measure();
  });
}

/** The look of a page inside the frame, with the values the variables have outside of it. */
function frameStyle(): string {
  const computed = getComputedStyle(document.body);
  const value = (name: string, otherwise: string): string =>
    computed.getPropertyValue(name).trim() || otherwise;
  return `
    :root { color-scheme: ${isDark() ? "dark" : "light"}; }
    body { margin: 0; color: ${computed.color}; background: transparent;
      font: ${value("--panel-font-size", "13px")} ${value("--panel-font", "sans-serif")}; }
    /* A flow of its own, so that margins of what is in it count to its height. */
    #output { display: flow-root; overflow-x: auto; }
    a { color: ${colourOf("--panel-link")}; }
    table { border-collapse: collapse; font-size: 12px; }
    th, td { padding: 2px 8px; text-align: right; border: none; }
    tr { border-bottom: 1px solid ${colourOf("--panel-border")}; }
    tbody tr:nth-child(even) { background: ${colourOf("--panel-stripe")}; }
    pre, code { font-family: ${value("--panel-mono", "monospace")}; }`;
}


/** Show HTML in a frame as tall as what is in it. */
export function sandboxed(html: string, around: Surroundings): Drawn {
  const token = crypto.randomUUID();
  const frame = document.createElement("iframe");
  frame.className = "sandbox";
  frame.title = "Output of the cell";
  // Neither allow-same-origin nor anything that leaves the frame.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  const receive = (event: MessageEvent<unknown>): void => {
    if (event.source !== frame.contentWindow) return;
    const data = event.data as { frame?: unknown; height?: unknown; open?: unknown } | null;
    if (data?.frame !== token) return;
    if (typeof data.height === "number") {
      frame.style.height = `${Math.min(TALLEST, Math.max(1, data.height))}px`;
    }
    if (typeof data.open === "string" && /^https?:/i.test(data.open)) around.open(data.open);
  };
  window.addEventListener("message", receive);
  frame.srcdoc = frameDocument(html, pageNonce(), frameStyle(), token);
  return {
    element: frame,
    dispose: () => window.removeEventListener("message", receive),
  };
}

export const htmlRenderer: Renderer = (content, _mime, around) => sandboxed(textOf(content), around);

/** JavaScript as a cell displays it: it finds the element it may draw in under the name `element`. */
export const scriptRenderer: Renderer = (content, _mime, around) => {
  const source = textOf(content).replaceAll("</script", "<\\/script");
  return sandboxed(
    `<div id="element"></div><script>(function (element) {\n${source}\n})(document.getElementById("element"))</script>`,
    around,
  );
};
