/** Actions that the browser does itself: saving, copying, printing and opening addresses. */

import { h } from "../dom";
import type { Adapter } from "../host";
import { webAddress } from "../links";
import type { FromPanel } from "../messages";

/** Return an adapter that handles these messages here, and passes on all others. `passed` is called with those. */
export function withBrowserActions(adapter: Adapter, passed: (message: FromPanel) => void): Adapter {
  return {
    listen: (receive) => adapter.listen(receive),
    post: (message) => {
      if (handle(message)) return;
      adapter.post(message);
      passed(message);
    },
  };
}

function handle(message: FromPanel): boolean {
  switch (message.type) {
    case "copy":
      void copyText(message.text);
      return true;
    case "save":
      saveFile(message.name, bytesOf(message.data, message.encoding));
      return true;
    case "open":
      openAddress(message.url);
      return true;
    default:
      return false;
  }
}

function bytesOf(data: string, encoding: "utf8" | "base64"): Blob {
  if (encoding === "utf8") return new Blob([data], { type: "text/plain;charset=utf-8" });
  return new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]);
}

function saveFile(name: string, data: Blob): void {
  const url = URL.createObjectURL(data);
  h("a", { href: url, download: name }).click();
  // The download has its own reference to the data once it has begun, which is in a later task.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Copy a text, also in browsers that refuse the clipboard to the page. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const before = document.activeElement;
    const field = h("textarea", { value: text, className: "copy-field", readOnly: true });
    document.body.append(field);
    field.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- The only way where the clipboard is refused.
    document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}

/** Print all cells, which `drawAll` draws, once their images are decoded. */
export async function printPage(drawAll: () => void): Promise<void> {
  drawAll();
  const images = [...document.querySelectorAll<HTMLImageElement>(".cells img")];
  // An image that cannot be decoded is printed as broken, as it is shown.
  await Promise.allSettled(images.map((image) => image.decode()));
  window.print();
}

function openAddress(given: string): void {
  const url = webAddress(given);
  if (url !== undefined && /^https?:/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}
