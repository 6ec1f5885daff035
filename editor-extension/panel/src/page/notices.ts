/**
 * The bars above the document: the lost connection, the trouble of the kernel, and messages.
 *
 * Bounds: of messages, the last three are shown, and each until the user closes it.
 */

import { h, iconButton, textButton } from "../dom";
import type { Connection } from "./socket";

const MESSAGE_LIMIT = 3;

const CONNECTION_WORDS: Record<Connection, string> = {
  connecting: "",
  open: "",
  lost: "The connection to Cellbridge was lost. Trying again …",
  refused: "This page has expired, because Cellbridge was restarted or the address was opened elsewhere. Open it again with “Open in Browser” in your editor, or with `cellbridge page`.",
};

export class Notices {
  readonly element: HTMLElement;
  private readonly connection: HTMLElement;
  private readonly connectionWords = h("span");
  private readonly again: HTMLElement;
  private readonly kernel = h("div", { className: "notice-bar error", hidden: true, aria: { role: "alert" } });
  private readonly messages = h("div", { className: "messages", aria: { live: "polite" } });

  constructor(reconnect: () => void) {
    this.again = textButton("Try now", reconnect);
    this.connection = h("div", { className: "notice-bar warning", hidden: true, aria: { role: "alert" } }, this.connectionWords, this.again);
    this.element = h("div", { className: "notices" }, this.connection, this.kernel, this.messages);
  }

  showConnection(state: Connection): void {
    const words = CONNECTION_WORDS[state];
    this.connection.hidden = words === "";
    this.connectionWords.textContent = words;
    this.again.hidden = state === "refused";
  }

  showKernel(message: string): void {
    this.kernel.hidden = message === "";
    if (this.kernel.textContent !== message) this.kernel.textContent = message;
  }

  show(text: string, kind: "info" | "warning" | "error"): void {
    const bar = h("div", { className: `notice-bar ${kind}` }, h("span", {}, text));
    bar.append(iconButton("clear", "Close the message", () => bar.remove()));
    this.messages.append(bar);
    while (this.messages.childElementCount > MESSAGE_LIMIT) this.messages.firstElementChild?.remove();
  }
}
