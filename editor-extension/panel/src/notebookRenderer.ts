/**
 * The renderer for outputs in VS Code's notebooks, with the same drawing as the page.
 *
 * It draws MIME types that VS Code's own renderers do not draw, or not safely: HTML in a sandbox, plots,
 * JSON as a tree, data frames as tables.
 */

import "katex/dist/katex.min.css";
import "./styles/theme.css";
import "./styles/outputs.css";
import "./styles/renderer.css";

import type { ActivationFunction, OutputItem } from "vscode-notebook-renderer";

import { drawUnknown, rendererOf } from "./render/mimeBundle";
import type { DrawnOutput, OutputContext } from "./render/types";
import { h } from "./dom";

/** Messages from the renderer to the extension. */
export type FromRenderer =
  | { type: "save"; name: string; data: string; encoding: "utf8" | "base64" }
  | { type: "open"; url: string };

export const activate: ActivationFunction = (context) => {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("./renderer.css", import.meta.url).href;
  // Frames and plots use the page's colours as values, so the styles must be loaded first.
  const styled = new Promise<unknown>((resolve) => {
    style.addEventListener("load", resolve);
    style.addEventListener("error", resolve);
  });
  document.head.append(style);
  const drawn = new Map<string, DrawnOutput>();
  const post = (message: FromRenderer): void => context.postMessage?.(message);
  const around: OutputContext = {
    open: (url) => post({ type: "open", url }),
    reveal: () => undefined,
    save: (name, data, encoding) => post({ type: "save", name, data, encoding }),
    fetch: () => Promise.reject(new Error("This part of the output is not in the notebook.")),
    drawn: () => undefined,
  };
  return {
    async renderOutputItem(item, element) {
      drawn.get(item.id)?.dispose?.();
      await styled;
      const made = await draw(item, around);
      drawn.set(item.id, made);
      element.replaceChildren(h("div", { className: "cellbridge-output" }, made.element));
      made.attached?.();
    },
    disposeOutputItem(id) {
      for (const [known, made] of drawn) {
        if (id !== undefined && id !== known) continue;
        made.dispose?.();
        drawn.delete(known);
      }
    },
  };
};

async function draw(item: OutputItem, around: OutputContext): Promise<DrawnOutput> {
  const found = rendererOf(item.mime);
  if (found === undefined) return drawUnknown(item.mime, item.text(), around);
  const metadata = (item.metadata ?? {}) as Record<string, unknown>;
  try {
    return await found.renderer(item.text(), item.mime, around, metadata);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { element: h("div", { className: "notice" }, `Could not draw this output as ${item.mime}: ${reason}`) };
  }
}
