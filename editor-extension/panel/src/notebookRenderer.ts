/**
 * The renderer for outputs in VS Code's notebooks, with the same drawing as the page.
 *
 * It draws MIME types that VS Code's own renderers do not draw, or not safely: HTML in a sandbox, plots,
 * JSON as a tree, data frames as tables, widgets.
 */

import "katex/dist/katex.min.css";
import "./styles/theme.css";
import "./styles/outputs.css";
import "./styles/renderer.css";

import type { ActivationFunction, OutputItem, RendererContext } from "vscode-notebook-renderer";

import { Host } from "./host";
import type { FromPanel, ToPanel } from "./messages";
import { drawUnknown, rendererOf } from "./render/mimeBundle";
import type { DrawnOutput, OutputContext } from "./render/types";
import { h } from "./dom";
import { WidgetSession } from "./widgets/widgetSession";
import { WIDGET_VIEW } from "./widgets/widgetViewContent";

/** Messages from the renderer to the extension. */
export type FromRenderer =
  | { type: "save"; name: string; data: string; encoding: "utf8" | "base64" }
  | { type: "open"; url: string }
  | (FromPanel & { type: "request" });

/** An output item in the page. */
interface DrawnItem {
  drawn: DrawnOutput;
  element: HTMLElement;
  text: string;
}

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
  const items = new Map<string, DrawnItem>();
  const post = (message: FromRenderer): void => context.postMessage?.(message);
  const around: OutputContext = {
    open: (url) => post({ type: "open", url }),
    reveal: () => undefined,
    save: (name, data, encoding) => post({ type: "save", name, data, encoding }),
    fetch: () => Promise.reject(new Error("This part of the output is not in the notebook.")),
    drawn: () => undefined,
    widgets: connectWidgets(context),
  };
  return {
    async renderOutputItem(item, element) {
      const known = items.get(item.id);
      const text = item.mime === WIDGET_VIEW ? item.text() : "";
      // Another type of the output has changed. A widget that is drawn again would lose the focus.
      if (text !== "" && known?.text === text && known.element.parentElement === element) return;
      known?.drawn.dispose?.();
      await styled;
      const drawn = await draw(item, around);
      const place = h("div", { className: "cellbridge-output" }, drawn.element);
      items.set(item.id, { drawn, element: place, text });
      element.replaceChildren(place);
      drawn.attached?.();
    },
    disposeOutputItem(id) {
      for (const [known, { drawn }] of items) {
        if (id !== undefined && id !== known) continue;
        drawn.dispose?.();
        items.delete(known);
      }
    },
  };
};

/** Return a function that returns the notebook's widgets. The extension answers their requests. */
function connectWidgets(context: RendererContext<unknown>): () => WidgetSession {
  let session: WidgetSession | undefined;
  return () => {
    if (session !== undefined) return session;
    const host = new Host({
      post: (message) => context.postMessage?.(message),
      listen: (receive) =>
        context.onDidReceiveMessage?.((message: ToPanel | { type: "refreshWidgets" }) => {
          if (message.type === "refreshWidgets") made.refresh();
          else receive(message);
        }),
    });
    // The extension knows the document of the notebook.
    const made = (session = new WidgetSession(host, ""));
    host.listen((message) => {
      if (message.type === "widgets") made.receive(message.params);
    });
    return made;
  };
}

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
