/**
 * Charts of Bokeh, which come in several outputs: one with an element, and one with the script that draws
 * in it. Each output has a frame of its own, so the script gets its elements from here.
 */

/** The elements in which a script draws: of each chart, the ids of its models with those of its elements. */
const ITEMS = /\brender_items\s*=\s*(\[\{.*?\}\]);/;

/** An output that is only the element for the script of the next output. */
const ELEMENT = /^\s*<div id="[\w-]+" data-root-id="[\w-]+"[^>]*>\s*<\/div>\s*$/;

/** Return the HTML of the elements in which a script of Bokeh draws; empty for other scripts. */
export function bokehPlaces(script: string): string {
  if (!script.includes("embed_items")) return "";
  let items: unknown;
  try {
    items = JSON.parse(ITEMS.exec(script)?.[1] ?? "[]");
  } catch {
    return "";
  }
  const roots = (items as { roots?: Record<string, unknown> }[]).flatMap((item) => Object.entries(item.roots ?? {}));
  return roots
    .filter(([model, id]) => /^[\w-]+$/.test(`${model}${String(id)}`))
    .map(([model, id]) => `<div id="${String(id)}" data-root-id="${model}" style="display: contents"></div>`)
    .join("");
}

/** Return true for HTML that the script of the next output draws in: it shows nothing by itself. */
export function isBokehElement(html: string): boolean {
  return html.length < 1000 && ELEMENT.test(html);
}

/** Return true for the HTML of `output_notebook()`, which the script of the next output would change. */
export function isBokehBanner(html: string): boolean {
  return html.length < 10_000 && html.includes("bk-notebook-logo");
}
