/** Draws a widget in an Output widget. It replaces `widgetView.ts`, because it is in the same frame. */

import { h } from "../../dom";
import type { Renderer } from "../../render/types";
import { modelOf } from "../widgetViewContent";
import { type FrameManager, mountModel } from "./frameManager";

export { modelOf, WIDGET_VIEW } from "../widgetViewContent";

let manager: FrameManager | undefined;

/** Set the manager of the frame. */
export function useManager(made: FrameManager): void {
  manager = made;
}

export const widgetRenderer: Renderer = (content) => {
  const model = modelOf(content) ?? "";
  const element = h("div", { className: "widget" });
  let remove: (() => void) | undefined;
  let isOver = false;
  const mount = async (): Promise<void> => {
    if (manager === undefined) return;
    remove = await mountModel(manager, model, element);
    if (isOver) remove();
  };
  return {
    element,
    attached: () => {
      mount().catch((error: unknown) => element.replaceChildren(h("div", { className: "notice" }, error instanceof Error ? error.message : String(error))));
    },
    dispose: () => {
      isOver = true;
      remove?.();
    },
  };
};
