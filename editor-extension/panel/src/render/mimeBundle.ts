/**
 * Draws a MIME bundle by its best type.
 *
 * Owns the renderers and their order of preference. Unknown types are named, never dropped.
 */

import { isBokehBanner, isBokehElement, isBokehLoader } from "../charts/bokeh";
import { plotlyRenderer } from "../charts/plotly";
import { vegaRenderer } from "../charts/vega";
import { h, textButton } from "../dom";
import type { RichOutput } from "../protocol";
import { drawHtmlTable } from "../tables/htmlTable";
import { TextView } from "../text/textView";
import { htmlRenderer, scriptRenderer } from "./html";
import { imageRenderer, pdfRenderer, svgRenderer } from "./images";
import { jsonRenderer } from "./json";
import { latexRenderer, markdownRenderer } from "./markdown";
import type { DrawnOutput, Renderer, OutputContext } from "./types";
import { formatSize, textOf } from "./mimeValues";
import { modelOf, WIDGET_VIEW, widgetRenderer } from "../widgets/widgetView";

/** Larger parts are fetched only when the user requests it, in bytes. */
const FETCH_LIMIT = 20_000_000;

const textRenderer: Renderer = (content, _mime, around) => {
  const view = new TextView("plain", () => around.drawn());
  view.show(textOf(content));
  return { element: view.element, attached: () => view.attached(), reveal: (line) => view.reveal(line) };
};

const anyHtmlRenderer: Renderer = (content, mime, around, metadata) => {
  const html = textOf(content);
  if (isBokehElement(html)) return HIDDEN();
  if (isBokehBanner(html)) return { element: h("div", { className: "notice" }, "Charts of Bokeh are drawn here, without a network.") };
  return drawHtmlTable(html, around) ?? htmlRenderer(content, mime, around, metadata);
};

const anyScriptRenderer: Renderer = (content, mime, around, metadata) =>
  isBokehLoader(textOf(content)) ? HIDDEN() : scriptRenderer(content, mime, around, metadata);

/** An output that shows nothing by itself, because another one draws it. */
const HIDDEN = (): DrawnOutput => ({ element: h("div", { hidden: true }) });

/** Best first. */
const RENDERERS: readonly (readonly [RegExp, Renderer])[] = [
  [/^application\/vnd\.jupyter\.widget-view\+json$/, widgetRenderer],
  [/^application\/vnd\.plotly\.v1\+json$/, plotlyRenderer],
  [/^application\/vnd\.vegalite\.v\d+(\.\d+)*[+.]json$/, vegaRenderer],
  [/^application\/vnd\.vega\.v\d+(\.\d+)*[+.]json$/, vegaRenderer],
  [/^application\/vnd\.bokehjs_load\.v\d+\+json$/, HIDDEN],
  [/^text\/html$/, anyHtmlRenderer],
  [/^text\/markdown$/, markdownRenderer],
  [/^text\/latex$/, latexRenderer],
  [/^image\/svg\+xml$/, svgRenderer],
  [/^image\/(png|jpeg|gif|webp|bmp|avif)$/, imageRenderer],
  [/^application\/pdf$/, pdfRenderer],
  [/^application\/(javascript|x-javascript)$|^text\/javascript$/, anyScriptRenderer],
  [/^application\/(geo\+)?json$/, jsonRenderer],
  [/^text\/plain$/, textRenderer],
  [/[+.]json$/, jsonRenderer],
  [/^text\//, textRenderer],
];

/** Return the renderer of a type and its rank: lower is better. */
export function rendererOf(mime: string): { renderer: Renderer; rank: number } | undefined {
  const rank = RENDERERS.findIndex(([pattern]) => pattern.test(mime));
  const found = RENDERERS[rank];
  return found === undefined ? undefined : { renderer: found[1], rank };
}

/** Sort the types of a bundle, best first and unknown ones last. */
export function sortMimes(mimes: Iterable<string>): string[] {
  const rank = (mime: string): number => rendererOf(mime)?.rank ?? RENDERERS.length;
  return [...mimes].sort((one, other) => rank(one) - rank(other));
}

/** Draw a bundle by its best type, with a list of the other types. */
export function drawBundle(first: RichOutput, around: OutputContext): DrawnOutput {
  let output = first;
  const omitted = output.omitted ?? {};
  const mimes = sortMimes(new Set([...Object.keys(output.data), ...Object.keys(omitted)]));
  const body = h("div", { className: "bundle" });
  let drawn: DrawnOutput | undefined;
  let attached = false;
  let current = 0;
  const place = (made: DrawnOutput): void => {
    drawn = made;
    body.replaceChildren(made.element);
    if (attached) made.attached?.();
  };
  const show = async (index: number): Promise<void> => {
    current = index;
    drawn?.dispose?.();
    drawn = undefined;
    const mime = mimes[index];
    if (mime === undefined) return;
    const found = rendererOf(mime);
    if (found === undefined) {
      place(drawUnknown(mime, output.data[mime], around));
      return;
    }
    try {
      const size = omitted[mime];
      if (size !== undefined) body.replaceChildren(h("div", { className: "notice" }, "Fetching …"));
      const content = size === undefined ? output.data[mime] : await around.fetch(mime);
      const made = await found.renderer(content, mime, around, output.metadata ?? {});
      if (current === index) place(made);
      else made.dispose?.();
    } catch (error) {
      body.replaceChildren(drawFailure(mime, error, index + 1 < mimes.length ? () => void show(index + 1) : undefined));
    }
  };
  // A display that has ended, such as a closed progress bar, has an empty text.
  if (mimes.length === 1 && output.data["text/plain"] === "") return HIDDEN();
  const large = omitted[mimes[0] ?? ""] ?? 0;
  if (large > FETCH_LIMIT) {
    const ask = textButton("Fetch", () => void show(0));
    body.append(h("div", { className: "notice" }, `${mimes[0] ?? ""}, ${formatSize(large)}. `, ask));
  } else void show(0);
  const others = mimes.length > 1 ? createTypeSelect(mimes, (index) => void show(index)) : null;
  return {
    element: h("div", { className: "rich" }, body, others),
    attached: () => {
      attached = true;
      drawn?.attached?.();
    },
    update: (later) => {
      // The text of a widget changes with its value, and must not draw it again.
      if (later.kind === "stream" || later.kind === "error" || mimes[current] !== WIDGET_VIEW) return false;
      const types = Object.keys(later.data);
      if (types.length !== mimes.length || types.some((mime) => !mimes.includes(mime))) return false;
      if (modelOf(output.data[WIDGET_VIEW]) !== modelOf(later.data[WIDGET_VIEW])) return false;
      output = later;
      return true;
    },
    reveal: (line) => drawn?.reveal?.(line),
    dispose: () => {
      current = -1;
      drawn?.dispose?.();
    },
  };
}

function createTypeSelect(mimes: string[], choose: (index: number) => void): HTMLElement {
  const select = h("select", { className: "mime", title: "Show as" }, ...mimes.map((mime) => h("option", {}, mime)));
  select.setAttribute("aria-label", "Show this output as");
  select.addEventListener("change", () => choose(select.selectedIndex));
  return select;
}

/** Draw the sentence for a type without a renderer, and a button that saves its content. */
export function drawUnknown(mime: string, content: unknown, around: OutputContext): DrawnOutput {
  const data = typeof content === "string" ? content : JSON.stringify(content ?? null, null, 2);
  const save = textButton("Save", () => around.save("output.txt", data, "utf8"));
  const words = `Cannot show an output of type ${mime} (${formatSize(data.length)}). `;
  return { element: h("div", { className: "notice" }, words, save) };
}

function drawFailure(mime: string, error: unknown, next: (() => void) | undefined): HTMLElement {
  const reason = error instanceof Error ? error.message : String(error);
  const words = `Could not draw this output as ${mime}: ${reason} `;
  return h("div", { className: "notice" }, words, next !== undefined && textButton("Show another type", next));
}
