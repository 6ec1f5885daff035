/**
 * The search bar of a document's cells.
 *
 * Owns the matches and the current one. Cells that are not drawn are searched as well.
 */

import { h, iconButton } from "../dom";
import type { ShownCell } from "../cellStore";
import { findAll, highlight, type Match, rangesIn } from "./search";

/** The cells to search. */
export interface Searched {
  /** The element with the drawn cells. */
  root: HTMLElement;
  cells(): readonly ShownCell[];
  /** The text of a cell itself, if it is shown. */
  sourceOf(cell: ShownCell): string;
  /** Draw the place of a match. Return its element. */
  reveal(match: Match): Element | undefined;
}

export class SearchBar {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly found = h("span", { className: "found", aria: { live: "polite" } });
  private matches: Match[] = [];
  private index = -1;
  private scheduled = false;
  /** The element of the current match. */
  private place: Element | undefined;
  /** The element with the focus before the search. */
  private before: Element | null = null;

  constructor(label: string, private readonly searched: Searched) {
    this.field = h("input", { type: "search", placeholder: label, aria: { label } });
    this.field.addEventListener("input", () => this.run(false));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.close();
    });
    this.element = h(
      "div",
      { className: "bar-row search-bar", hidden: true, aria: { role: "search" } },
      this.field,
      this.found,
      iconButton("up", "Previous match", () => this.step(-1)),
      iconButton("down", "Next match", () => this.step(1)),
      iconButton("clear", "Close the search", () => this.close()),
    );
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  open(): void {
    if (!this.isOpen) this.before = document.activeElement;
    this.element.hidden = false;
    this.field.focus();
    this.field.select();
    this.run(false);
  }

  close(): void {
    this.element.hidden = true;
    this.matches = [];
    highlight([], undefined);
    if (this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
  }

  /** Search again after the cells have changed. The current match stays. */
  refresh(): void {
    if (this.isOpen) this.run(true);
  }

  /** Update the highlights after cells were drawn, at most once per frame. */
  redraw(): void {
    if (!this.isOpen || this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      if (this.isOpen) this.drawHighlights();
    });
  }

  private run(keepPlace: boolean): void {
    this.matches = findAll(this.searched.cells(), this.field.value, (cell) => this.searched.sourceOf(cell));
    this.index = keepPlace ? Math.min(this.index, this.matches.length - 1) : -1;
    this.showCount();
    this.redraw();
    if (!keepPlace && this.matches.length > 0) this.step(1);
  }

  private step(by: number): void {
    const count = this.matches.length;
    if (count === 0) return;
    this.index = (this.index + by + count) % count;
    this.showCount();
    const match = this.matches[this.index];
    this.place = match === undefined ? undefined : this.searched.reveal(match);
    this.drawHighlights();
    this.place?.scrollIntoView({ block: "center" });
  }

  private showCount(): void {
    if (this.field.value === "") this.found.textContent = "";
    else if (this.matches.length === 0) this.found.textContent = "not found";
    else this.found.textContent = `${this.index + 1} of ${this.matches.length}`;
  }

  private drawHighlights(): void {
    const ranges = rangesIn(this.searched.root, this.field.value);
    const current = ranges.find((range) => this.place?.contains(range.startContainer));
    highlight(ranges, this.index < 0 ? undefined : current);
  }
}
