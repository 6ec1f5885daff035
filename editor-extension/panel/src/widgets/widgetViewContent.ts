/** The content of `application/vnd.jupyter.widget-view+json`, the type of an output that shows a widget. */

import { isRecord, jsonOf } from "../render/mimeValues";

export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

/** Return the id of the model that a widget view shows. */
export function modelOf(content: unknown): string | undefined {
  const view = jsonOf(content);
  return isRecord(view) && typeof view["model_id"] === "string" ? view["model_id"] : undefined;
}
