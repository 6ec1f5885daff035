/**
 * The keys of the page, and the overlay that lists them.
 *
 * Owns the rule when a key belongs to the page: never while the user types in a field.
 */

import { h, textButton } from "../dom";

export interface Key {
  /** The keys, as `KeyboardEvent.key` names them. */
  keys: readonly string[];
  /** Its effect, for the overlay. */
  label: string;
  run(): void;
}

/** Handle the keys of the page. Return a function that opens the overlay. */
export function listenToKeys(keys: readonly Key[]): () => void {
  const overlay = createOverlay(keys);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (overlay.open) return;
    if (event.key === "Enter" && isButton(event.target)) return;
    const found = keys.find((one) => one.keys.includes(event.key));
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
  return () => overlay.showModal();
}

/** Return true if a key is text for a field. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Return true if Enter activates the element itself. */
function isButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, summary, [role=treeitem], [role=separator]") !== null;
}

function createOverlay(keys: readonly Key[]): HTMLDialogElement {
  const rows = keys.map((key) => [
    h("dt", {}, ...key.keys.flatMap((name, index) => [index > 0 ? " " : "", h("kbd", {}, KEY_LABELS[name] ?? name)])),
    h("dd", {}, key.label),
  ]);
  const overlay = h("dialog", { className: "help", aria: { label: "Keys" } }, h("h2", {}, "Keys"), h("dl", {}, ...rows.flat()));
  overlay.append(textButton("Close", () => overlay.close()));
  overlay.addEventListener("click", (event) => {
    // A click on the backdrop, which belongs to the dialog itself.
    if (event.target === overlay) overlay.close();
  });
  document.body.append(overlay);
  return overlay;
}

const KEY_LABELS: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑" };
