/** All outputs of a document, in the order of its cells. */

import { h, iconButton } from "../dom";
import type { Host } from "../host";
import type { CellsChangedParams } from "../protocol";
import type { CellStore, ShownCell } from "../cellStore";
import { CellView } from "./cellView";
import { findAll, highlight, type Match, rangesIn } from "./search";

/** Distance from the visible area within which outputs are drawn. */
const DRAW_MARGIN = "800px 0px";
/** Maximum number of cells that stay drawn outside the visible area. */
const DRAWN_LIMIT = 40;

export class OutputsView {
  readonly element: HTMLElement;
  private readonly list = h("div", { className: "cells" });
  private readonly empty = h("div", { className: "empty" });
  private readonly views = new Map<string, CellView>();
  private readonly observer: IntersectionObserver;
  private readonly offscreen = new Set<CellView>();
  private readonly search = h("input", { type: "search", placeholder: "Search outputs", aria: { label: "Search outputs" } });
  private readonly found = h("span", { className: "found", aria: { live: "polite" } });
  private readonly searchBar: HTMLElement;
  private matches: Match[] = [];
  private matchIndex = -1;
  private currentCell = "";
  private follows = true;
  private highlightScheduled = false;
  /** The element of the current match. */
  private matchElement: Element | undefined;

  constructor(private readonly host: Host, private readonly store: CellStore) {
    this.observer = new IntersectionObserver((entries) => this.visibilityChanged(entries), { rootMargin: DRAW_MARGIN });
    this.search.addEventListener("input", () => this.runSearch());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.goToMatch(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.closeSearch();
    });
    this.searchBar = h(
      "div",
      { className: "bar-row search-bar", hidden: true, aria: { role: "search" } },
      this.search,
      this.found,
      iconButton("up", "Previous match", () => this.goToMatch(-1)),
      iconButton("down", "Next match", () => this.goToMatch(1)),
      iconButton("clear", "Close the search", () => this.closeSearch()),
    );
    this.element = h("div", { className: "outputs" }, this.searchBar, this.empty, this.list);
    // Update the duration of running cells each second.
    window.setInterval(() => {
      for (const view of this.views.values()) view.updateDuration();
    }, 1000);
  }

  get following(): boolean {
    return this.follows;
  }

  /** Set whether the page scrolls to the cell at the cursor. */
  follow(follows: boolean): void {
    this.follows = follows;
    if (follows) this.scrollToCurrent();
  }

  /** Show another document. */
  load(): void {
    for (const view of this.views.values()) view.dispose();
    this.views.clear();
    this.offscreen.clear();
    this.currentCell = "";
    this.arrange(this.store.ordered());
    if (!this.searchBar.hidden) this.runSearch();
  }

  /** Apply a change of cells. */
  change(params: CellsChangedParams): void {
    const changed = this.store.apply(params);
    for (const id of changed) {
      const cell = this.store.get(id);
      if (cell !== undefined) this.views.get(id)?.update(cell);
    }
    this.arrange(this.store.ordered());
    if (!this.searchBar.hidden) this.runSearch(true);
  }

  /** Mark the cell at the cursor. */
  setCursor(cell: string): void {
    if (cell === this.currentCell) return;
    this.views.get(this.currentCell)?.element.classList.remove("current");
    this.currentCell = cell;
    this.views.get(cell)?.element.classList.add("current");
    if (this.follows) this.scrollToCurrent();
  }

  openSearch(): void {
    this.searchBar.hidden = false;
    this.search.focus();
    this.search.select();
    this.runSearch();
  }

  /** Draw everything again, for example after a change of the theme. */
  redraw(): void {
    for (const view of this.views.values()) view.redraw();
  }

  private scrollToCurrent(): void {
    const view = this.views.get(this.currentCell);
    if (view === undefined) return;
    view.mount();
    // The whole cell if it fits, otherwise its start.
    const tall = view.element.getBoundingClientRect().height > window.innerHeight - 60;
    view.element.scrollIntoView({ block: tall ? "start" : "nearest" });
  }

  /** Arrange the views of all cells that have a run or outputs, in order. */
  private arrange(cells: readonly ShownCell[]): void {
    const shown = cells.filter((cell) => cell.run !== undefined || cell.outputs.length > 0);
    const ids = new Set(shown.map((cell) => cell.id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      this.observer.unobserve(view.element);
      this.offscreen.delete(view);
      view.dispose();
      this.views.delete(id);
    }
    let before: Element | null = null;
    for (const cell of shown) {
      const view = this.views.get(cell.id) ?? this.createView(cell);
      const next: Element | null = before === null ? this.list.firstElementChild : before.nextElementSibling;
      if (next !== view.element) this.list.insertBefore(view.element, next);
      before = view.element;
    }
    this.empty.hidden = shown.length > 0;
    this.empty.textContent =
      this.store.uri === ""
        ? "Open a script with # %% cells to see their outputs here."
        : "No cell has run yet. Put the cursor in one and press Shift+Enter.";
  }

  private createView(cell: ShownCell): CellView {
    const context = {
      host: this.host,
      uri: () => this.store.uri,
      drawn: () => this.scheduleHighlights(),
      now: () => Date.now() / 1000,
    };
    const view = new CellView(cell, context);
    if (cell.id === this.currentCell) view.element.classList.add("current");
    this.views.set(cell.id, view);
    this.observer.observe(view.element);
    return view;
  }

  private visibilityChanged(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const view = this.views.get((target as HTMLElement).dataset["cell"] ?? "");
      if (view === undefined) continue;
      this.offscreen.delete(view);
      if (isIntersecting) view.mount();
      else this.offscreen.add(view);
    }
    for (const view of [...this.offscreen].slice(0, Math.max(0, this.offscreen.size - DRAWN_LIMIT))) {
      view.unmount();
      this.offscreen.delete(view);
    }
  }

  private runSearch(keepPlace = false): void {
    this.matches = findAll(this.store.ordered(), this.search.value);
    this.matchIndex = keepPlace ? Math.min(this.matchIndex, this.matches.length - 1) : -1;
    this.showMatchCount();
    this.scheduleHighlights();
    if (!keepPlace && this.matches.length > 0) this.goToMatch(1);
  }

  private goToMatch(by: number): void {
    const count = this.matches.length;
    if (count === 0) return;
    this.matchIndex = (this.matchIndex + by + count) % count;
    this.showMatchCount();
    const match = this.matches[this.matchIndex];
    const view = match === undefined ? undefined : this.views.get(match.cell);
    if (match === undefined || view === undefined) return;
    this.matchElement = view.reveal(match.output, match.line) ?? view.element;
    this.drawHighlights();
    this.matchElement.scrollIntoView({ block: "center" });
  }

  private showMatchCount(): void {
    if (this.search.value === "") this.found.textContent = "";
    else if (this.matches.length === 0) this.found.textContent = "not found";
    else this.found.textContent = `${this.matchIndex + 1} of ${this.matches.length}`;
  }

  private closeSearch(): void {
    this.searchBar.hidden = true;
    this.matches = [];
    highlight([], undefined);
  }

  /** Update the highlights after drawing, at most once per frame. */
  private scheduleHighlights(): void {
    if (this.searchBar.hidden || this.highlightScheduled) return;
    this.highlightScheduled = true;
    requestAnimationFrame(() => {
      this.highlightScheduled = false;
      if (!this.searchBar.hidden) this.drawHighlights();
    });
  }

  private drawHighlights(): void {
    const ranges = rangesIn(this.list, this.search.value);
    const current = ranges.find((range) => this.matchElement?.contains(range.startContainer));
    highlight(ranges, this.matchIndex < 0 ? undefined : current);
  }
}
