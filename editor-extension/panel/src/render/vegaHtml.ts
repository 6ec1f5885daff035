/**
 * The chart in an HTML output that would load Vega from a network, such as the outputs of Altair.
 *
 * Owns the search for the chart's specification in the scripts of the output. The page draws it with its
 * own copy of Vega.
 */

import { isRecord } from "./mimeValues";

/** A specification, and its MIME type. */
export interface VegaChart {
  spec: Record<string, unknown>;
  mime: string;
}

/** The specification is an argument of a function that is called at once, or a variable. */
const BEFORE_SPEC = /(?:\}\s*\)\s*\(|\bspec\s*=)\s*(?=\{)/g;

const SCHEMA = /\/schema\/(vega|vega-lite)\/v(\d+)/;

/** Return the only chart of an HTML output that shows nothing else; undefined for other outputs. */
export function vegaChartOf(html: string): VegaChart | undefined {
  if (!html.includes("vegaEmbed")) return undefined;
  // An inert document: nothing runs, and nothing is loaded.
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const scripts = [...body.querySelectorAll("script")].map((script) => script.textContent);
  for (const element of body.querySelectorAll("script, style")) element.remove();
  if (body.textContent.trim() !== "" || body.querySelector("img, svg, canvas, table, iframe") !== null) return undefined;
  const charts = scripts.flatMap(chartsIn);
  return charts.length === 1 ? charts[0] : undefined;
}

/** Return the charts in the text of a script. */
export function chartsIn(script: string): VegaChart[] {
  const charts: VegaChart[] = [];
  for (const before of script.matchAll(BEFORE_SPEC)) {
    const start = before.index + before[0].length;
    const spec = parsedObject(script.slice(start, objectEnd(script, start)));
    const schema = spec?.["$schema"];
    const [, name, version] = typeof schema === "string" ? (SCHEMA.exec(schema) ?? []) : [];
    if (spec === undefined || name === undefined || version === undefined) continue;
    charts.push({ spec, mime: `application/vnd.${name.replace("-", "")}.v${version}+json` });
  }
  return charts;
}

/** Return the index behind the JSON object that begins at `start`. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return isRecord(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
