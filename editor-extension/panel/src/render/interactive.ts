/**
 * Names of outputs that only a page with scripts can draw, such as "Plotly chart".
 *
 * Owns the recognition of these outputs, by their types and by the marks of libraries in their HTML. Programs
 * that cannot draw them show the name in their place. Without a DOM, so that the extension can use it.
 */

import { textOf } from "./mimeValues";

/** The type of a reference to a widget. */
export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

/** The name of a widget. */
export const WIDGET = "widget";

/** Characters of HTML that are searched at each end. Libraries embed megabytes of their own code. */
const SEARCH_LIMIT = 100_000;

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.jupyter\.widget-view\+json$/, WIDGET],
  [/^application\/vnd\.plotly\./, "Plotly chart"],
  [/^application\/vnd\.vega/, "Vega chart"],
  [/^application\/vnd\.bokehjs_exec/, "Bokeh chart"],
  [/^application\/vnd\.holoviews_exec/, "HoloViews chart"],
];

/** HTML that runs, embeds or plays something. */
const ACTIVE = /<(?:script|iframe|object|embed|canvas|form|video|audio)\b/i;

/** Marks in such HTML, in the order of their reliability. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/plotly-graph-div|Plotly\.newPlot|Plotly\.react/, "Plotly chart"],
  [/vegaEmbed|vega-embed/, "Vega chart"],
  [/class=["']animation["']/, "animation"],
  [/\bfolium\b|leaflet/i, "map"],
  [/BokehJS|Bokeh\.|data-root-id|\bbk-root\b/, "Bokeh chart"],
  [/<video\b/i, "video"],
  [/<audio\b/i, "audio"],
  [ACTIVE, "web page"],
];

/** The text of an object that has no text of its own, only other types. */
const STAND_IN =
  /^\s*<(?:IPython\.core\.display\.\w+ object|pandas\.[\w.]+\.Styler(?: object)? at \w+|folium\.[\w.]+ object at \w+)>\s*$/;

/** Altair's text in place of a chart. It reports that no renderer shows the chart. */
const NO_RENDERER = /^<Vega\w* \d+ object>\s*If you see this message/;

/** Return true for a text that contains nothing about the output. */
export function isStandIn(text: string): boolean {
  return STAND_IN.test(text) || NO_RENDERER.test(text);
}

/** Types that carry no output: they load a library for later ones. */
const LOADERS = /^application\/vnd\.(?:bokehjs|holoviews)_load/;

/** Bokeh's notice in an output before the one that loads it. */
const LOADING_NOTICE = /\bbk-notebook-logo\b/;

/** Return true if an output only loads a library for later outputs. */
export function loadsLibrary(data: Readonly<Record<string, unknown>>, omitted: Readonly<Record<string, number>> = {}): boolean {
  if ([...Object.keys(data), ...Object.keys(omitted)].some((mime) => LOADERS.test(mime))) return true;
  const html = textOf(data["text/html"] ?? "");
  return LOADING_NOTICE.test(html) && !ACTIVE.test(html);
}

/**
 * Return the name of an output that needs a page with scripts; undefined for others. `omitted` are the types
 * whose content has not been sent.
 */
export function interactiveName(
  data: Readonly<Record<string, unknown>>,
  omitted: Readonly<Record<string, number>> = {},
): string | undefined {
  const mimes = [...Object.keys(data), ...Object.keys(omitted)];
  for (const [pattern, name] of TYPES) {
    if (mimes.some((mime) => pattern.test(mime))) return name;
  }
  const html = textOf(data["text/html"] ?? "");
  if (html !== "") {
    const searched = html.length > 2 * SEARCH_LIMIT ? html.slice(0, SEARCH_LIMIT) + html.slice(-SEARCH_LIMIT) : html;
    // A text may contain the marks too.
    return ACTIVE.test(searched) ? MARKS.find(([pattern]) => pattern.test(searched))?.[1] : undefined;
  }
  if (mimes.some((mime) => /^(?:application|text)\/(?:x-)?javascript$/.test(mime))) return "JavaScript";
  if (mimes.includes("application/pdf")) return "PDF document";
  const plain = textOf(data["text/plain"] ?? "");
  return "text/html" in omitted && (plain === "" || isStandIn(plain)) ? "web page" : undefined;
}
