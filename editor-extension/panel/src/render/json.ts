/** Draws JSON as a tree whose branches are created when they are opened. */

import { h } from "../dom";
import type { Renderer } from "./types";
import { jsonOf } from "./mimeValues";

const PAGE_SIZE = 200;

export const jsonRenderer: Renderer = (content) => ({
  element: h("div", { className: "json" }, drawValue("", jsonOf(content), true)),
});

function drawValue(name: string, value: unknown, open: boolean): HTMLElement {
  const label = name === "" ? null : h("span", { className: "json-key" }, `${name}: `);
  if (typeof value !== "object" || value === null) {
    const kind = value === null ? "null" : typeof value;
    return h("div", { className: "json-leaf" }, label, h("span", { className: `json-${kind}` }, JSON.stringify(value)));
  }
  const entries = Object.entries(value);
  const [begin, end] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const count = `${entries.length} ${entries.length === 1 ? "item" : "items"}`;
  const summary = h("summary", {}, label, h("span", { className: "json-count" }, `${begin} ${count} ${end}`));
  const details = h("details", { className: "json-branch" }, summary);
  const fill = (): void => {
    if (details.open && details.childElementCount === 1) drawPage(details, entries, 0);
  };
  details.addEventListener("toggle", fill);
  details.open = open && entries.length > 0;
  if (details.open) drawPage(details, entries, 0);
  return details;
}

function drawPage(details: HTMLElement, entries: [string, unknown][], from: number): void {
  for (const [key, value] of entries.slice(from, from + PAGE_SIZE)) details.append(drawValue(key, value, false));
  const left = entries.length - from - PAGE_SIZE;
  if (left <= 0) return;
  const button = h("button", { className: "text-button", type: "button" }, `${left} more`);
  button.addEventListener("click", () => {
    button.remove();
    drawPage(details, entries, from + PAGE_SIZE);
  });
  details.append(button);
}
