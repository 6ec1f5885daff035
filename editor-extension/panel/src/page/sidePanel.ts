/**
 * The panel next to the document: variables, a table and other views of the session, one at a time.
 *
 * Owns which view is shown, and the width of the panel, which the user changes at its border.
 */

import { h, iconButton } from "../dom";

/** Pixels by which the arrow keys move the border. */
const KEY_STEP = 40;
const MINIMUM_WIDTH = 260;

/** One view of the panel. */
export interface SideView {
  name: string;
  label: string;
  element: HTMLElement;
  /** Called when the view becomes visible, or is hidden. */
  setVisible?(visible: boolean): void;
}

export class SidePanel {
  readonly element: HTMLElement;
  private readonly bar = h("div", { className: "tabs", aria: { role: "tablist", label: "Views of the session" } });
  private readonly places = h("div", { className: "side-places" });
  private readonly tabs = new Map<string, { view: SideView; tab: HTMLElement; place: HTMLElement }>();
  private shown: string | undefined;
  private last: string | undefined;

  constructor(views: readonly SideView[], private readonly changed: (name: string | undefined) => void) {
    const border = h("div", { className: "side-border", tabIndex: 0, aria: { role: "separator", orientation: "vertical", label: "Width of the panel" } });
    const close = iconButton("clear", "Close the panel", () => this.show(undefined));
    this.element = h("aside", { className: "side", hidden: true, aria: { label: "Views of the session" } }, border, h("div", { className: "side-head" }, this.bar, close), this.places);
    for (const view of views) this.add(view);
    this.listenToBorder(border);
  }

  /** The name of the visible view; undefined while the panel is closed. */
  get view(): string | undefined {
    return this.shown;
  }

  /** Show a view, or close the panel. */
  show(name: string | undefined): void {
    const before = this.shown;
    this.shown = name;
    this.last = name ?? this.last;
    this.element.hidden = name === undefined;
    for (const [one, { view, tab, place }] of this.tabs) {
      tab.setAttribute("aria-selected", String(one === name));
      tab.tabIndex = one === name ? 0 : -1;
      place.hidden = one !== name;
      if ((one === name) !== (one === before)) view.setVisible?.(one === name);
    }
    this.changed(name);
  }

  /** Close the panel, or open it at its last view. */
  toggle(): void {
    this.show(this.shown === undefined ? (this.last ?? [...this.tabs.keys()][0]) : undefined);
  }

  private add(view: SideView): void {
    const tab = h("button", { type: "button", className: "tab", id: `tab-${view.name}`, aria: { role: "tab", controls: `view-${view.name}`, selected: "false" } }, view.label);
    tab.addEventListener("click", () => this.show(view.name));
    tab.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (by === 0) return;
      const names = [...this.tabs.keys()];
      const next = names[(names.indexOf(view.name) + by + names.length) % names.length] ?? view.name;
      this.show(next);
      this.tabs.get(next)?.tab.focus();
    });
    const place = h("div", { className: "side-place", id: `view-${view.name}`, hidden: true, aria: { role: "tabpanel", labelledby: `tab-${view.name}` } }, view.element);
    this.bar.append(tab);
    this.places.append(place);
    this.tabs.set(view.name, { view, tab, place });
  }

  private listenToBorder(border: HTMLElement): void {
    const resize = (width: number): void => {
      const most = Math.max(MINIMUM_WIDTH, window.innerWidth * 0.7);
      this.element.style.width = `${Math.round(Math.min(most, Math.max(MINIMUM_WIDTH, width)))}px`;
    };
    border.addEventListener("pointerdown", (event) => {
      border.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    border.addEventListener("pointermove", (event) => {
      if (border.hasPointerCapture(event.pointerId)) resize(this.element.getBoundingClientRect().right - event.clientX);
    });
    border.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowLeft" ? KEY_STEP : event.key === "ArrowRight" ? -KEY_STEP : 0;
      if (by === 0) return;
      event.preventDefault();
      resize(this.element.getBoundingClientRect().width + by);
    });
  }
}
