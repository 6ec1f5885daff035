/**
 * Draws HTML and scripts in an Output widget. It replaces `render/html.ts`: the widget is in a sandboxed
 * frame already, and the policy of the frame applies to its outputs.
 */

import { bokehPlaces } from "../../charts/bokeh";
import { librariesFor } from "../../charts/libraries";
import { h } from "../../dom";
import { extractScripts, type HtmlParts } from "../../render/html";
import { textOf } from "../../render/mimeValues";
import type { DrawnOutput, Renderer } from "../../render/types";

/** Gets the scripts of a library of the page; set once by the program of the frame. */
type FetchLibrary = (name: string) => Promise<string[]>;

let fetchLibrary: FetchLibrary = () => Promise.resolve([]);
/** The scripts of one output after those of another: charts find their place by an id that all have. */
let running = Promise.resolve();
const loaded = new Map<string, Promise<void>>();

/** Set the source of the libraries that outputs use. */
export function useLibraries(fetch: FetchLibrary): void {
  fetchLibrary = fetch;
}

export function drawSandboxed({ html, scripts, libraries }: HtmlParts): DrawnOutput {
  const element = h("div", { className: "html-output" });
  element.innerHTML = html;
  if (libraries !== undefined && libraries.style !== "") element.prepend(h("style", {}, libraries.style));
  const run = async (): Promise<void> => {
    // One after another, because a library may extend the one before.
    for (const library of libraries?.scripts ?? []) await loadLibrary(library);
    for (const place of element.querySelectorAll<HTMLElement>("script[data-script]")) {
      const text = scripts[Number(place.dataset["script"])] ?? "";
      runScript(place.dataset["type"] === "module" ? `(async () => {"use strict";\n${text}\n})()` : text);
    }
    // Each chart is drawn in the element with this id, and the next one must not find it.
    for (const place of element.querySelectorAll("#plot, #element")) place.removeAttribute("id");
  };
  return {
    element,
    attached: () => {
      running = running.then(run).catch((error: unknown) => {
        element.append(h("div", { className: "cellbridge-note" }, `A script of this output failed: ${error instanceof Error ? error.message : String(error)}`));
      });
    },
  };
}

/** Run a script in the global scope. Called by another name, `eval` does so. */
function runScript(text: string): void {
  const run = globalThis.eval;
  run(text);
}

/** Run a library once. Its text is `library:` and a name; see build.mjs. */
async function loadLibrary(library: string): Promise<void> {
  const load = async (): Promise<void> => {
    for (const text of await fetchLibrary(library.replace("library:", ""))) runScript(text);
  };
  const loading = loaded.get(library) ?? load();
  loaded.set(library, loading);
  await loading;
}

export const htmlRenderer: Renderer = async (content) => {
  const html = textOf(content);
  const libraries = await librariesFor(html);
  return drawSandboxed({ ...extractScripts(html, libraries.addresses), libraries });
};

/** Draws a JavaScript output, in which the variable `element` is the element to draw in. */
export const scriptRenderer: Renderer = async (content) => {
  const script = textOf(content);
  return drawSandboxed({
    html: `${bokehPlaces(script)}<div id="element"></div><script type="cellbridge/script" data-script="0"></script>`,
    scripts: [`(function (element) {\n${script}\n})(document.getElementById("element"))`],
    libraries: await librariesFor(script),
  });
};
