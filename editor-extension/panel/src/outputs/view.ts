/** All outputs of a document, in the order of its cells. */

import { h, iconButton } from "../dom";
import type { Host } from "../host";
import type { CellsChangedParams } from "../protocol";
import type { CellStore, ShownCell } from "../store";
import { CellView } from "./cell";
import { findAll, mark, type Match, rangesIn } from "./search";

/** How far from the window outputs are drawn, and kept, in pixels. */
const NEAR = "800px 0px";
/** So many cells stay drawn when they leave the window; the longest gone are let go beyond it. */
const KEPT = 40;

export class OutputsView {
  readonly element: HTMLElement;
  private readonly list = h("div", { className: "cells" });
  private readonly empty = h("div", { className: "empty" });
  private readonly views = new Map<string, CellView>();
  private readonly observer: IntersectionObserver;
  private readonly gone = new Set<CellView>();
  private readonly search = h("input", { type: "search", placeholder: "Search in outputs", aria: { label: "Search in outputs" } });
  private readonly found = h("span", { className: "found", aria: { live: "polite" } });
  private readonly searchBar: HTMLElement;
  private matches: Match[] = [];
  private at = -1;
  private current = "";
  private follows = true;
  private marking = false;
  /** Where the match is that is looked at. */
  private place: Element | undefined;

  constructor(private readonly host: Host, private readonly store: CellStore) {
    this.observer = new IntersectionObserver((entries) => this.sighted(entries), { rootMargin: NEAR });
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.closeSearch();
    });
    this.searchBar = h(
      "div",
      { className: "bar-row search-bar", hidden: true, aria: { role: "search" } },
      this.search,
      this.found,
      iconButton("up", "Previous match", () => this.step(-1)),
      iconButton("down", "Next match", () => this.step(1)),
      iconButton("clear", "Close the search", () => this.closeSearch()),
    );
    this.element = h("div", { className: "outputs" }, this.searchBar, this.empty, this.list);
    // How long a cell has been running is said each second, while one runs.
    window.setInterval(() => {
      for (const view of this.views.values()) view.tick();
    }, 1000);
  }

  get following(): boolean {
    return this.follows;
  }

  /** Whether the page goes to the cell that the cursor is in. */
  follow(follows: boolean): void {
    this.follows = follows;
    if (follows) this.toCurrent();
  }

  /** Show another document. */
  load(): void {
    for (const view of this.views.values()) view.dispose();
    this.views.clear();
    this.gone.clear();
    this.current = "";
    this.arrange(this.store.ordered());
    if (!this.searchBar.hidden) this.look();
  }

  /** Take in what changed. */
  change(params: CellsChangedParams): void {
    const changed = this.store.apply(params);
    for (const id of changed) {
      const cell = this.store.get(id);
      if (cell !== undefined) this.views.get(id)?.update(cell);
    }
    this.arrange(this.store.ordered());
    if (!this.searchBar.hidden) this.look(true);
  }

  /** The cursor is in this cell. */
  cursor(cell: string): void {
    if (cell === this.current) return;
    this.views.get(this.current)?.element.classList.remove("current");
    this.current = cell;
    this.views.get(cell)?.element.classList.add("current");
    if (this.follows) this.toCurrent();
  }

  openSearch(): void {
    this.searchBar.hidden = false;
    this.search.focus();
    this.search.select();
    this.look();
  }

  /** Draw everything again, as with other colours. */
  redraw(): void {
    for (const view of this.views.values()) view.redraw();
  }

  private toCurrent(): void {
    const view = this.views.get(this.current);
    if (view === undefined) return;
    view.mount();
    // The whole cell where it fits, or else its beginning.
    const tall = view.element.getBoundingClientRect().height > window.innerHeight - 60;
    view.element.scrollIntoView({ block: tall ? "start" : "nearest" });
  }

  /** Have exactly the cells with something to show on the page, in order. */
  private arrange(cells: readonly ShownCell[]): void {
    const shown = cells.filter((cell) => cell.run !== undefined || cell.outputs.length > 0);
    const ids = new Set(shown.map((cell) => cell.id));
    for (const [id, view] of this.views) {
      if (ids.has(id)) continue;
      this.observer.unobserve(view.element);
      this.gone.delete(view);
      view.dispose();
      this.views.delete(id);
    }
    let before: Element | null = null;
    for (const cell of shown) {
      const view = this.views.get(cell.id) ?? this.made(cell);
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

  private made(cell: ShownCell): CellView {
    const context = {
      host: this.host,
      uri: () => this.store.uri,
      drawn: () => this.drawn(),
      now: () => Date.now() / 1000,
    };
    const view = new CellView(cell, context);
    if (cell.id === this.current) view.element.classList.add("current");
    this.views.set(cell.id, view);
    this.observer.observe(view.element);
    return view;
  }

  private sighted(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const view = this.views.get((target as HTMLElement).dataset["cell"] ?? "");
      if (view === undefined) continue;
      this.gone.delete(view);
      if (isIntersecting) view.mount();
      else this.gone.add(view);
    }
    for (const view of [...this.gone].slice(0, Math.max(0, this.gone.size - KEPT))) {
      view.unmount();
      this.gone.delete(view);
    }
  }

  private look(keepPlace = false): void {
    this.matches = findAll(this.store.ordered(), this.search.value);
    this.at = keepPlace ? Math.min(this.at, this.matches.length - 1) : -1;
    this.say();
    this.drawn();
    if (!keepPlace && this.matches.length > 0) this.step(1);
  }

  private step(by: number): void {
    const count = this.matches.length;
    if (count === 0) return;
    this.at = (this.at + by + count) % count;
    this.say();
    const match = this.matches[this.at];
    const view = match === undefined ? undefined : this.views.get(match.cell);
    if (match === undefined || view === undefined) return;
    this.place = view.reveal(match.output, match.line) ?? view.element;
    this.markNow();
    this.place.scrollIntoView({ block: "center" });
  }

  private say(): void {
    if (this.search.value === "") this.found.textContent = "";
    else if (this.matches.length === 0) this.found.textContent = "not found";
    else this.found.textContent = `${this.at + 1} of ${this.matches.length}`;
  }

  private closeSearch(): void {
    this.searchBar.hidden = true;
    this.matches = [];
    mark([], undefined);
  }

  /** Marks follow what is drawn, at most once for each frame. */
  private drawn(): void {
    if (this.searchBar.hidden || this.marking) return;
    this.marking = true;
    requestAnimationFrame(() => {
      this.marking = false;
      if (!this.searchBar.hidden) this.markNow();
    });
  }

  private markNow(): void {
    const ranges = rangesIn(this.list, this.search.value);
    const current = ranges.find((range) => this.place?.contains(range.startContainer));
    mark(ranges, this.at < 0 ? undefined : current);
  }
}
