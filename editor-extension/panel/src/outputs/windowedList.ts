/**
 * A list of rows with different heights, of which only those near the visible area are in the page.
 *
 * Owns the heights of all rows, which are measured once they were drawn and estimated before, and the
 * elements in the page: rows, and spaces in place of the others.
 * Invariant: rows and spaces together are as high as the whole list. A row is never moved in the page
 * while its neighbours stay, because frames are loaded again when they move.
 */

import { h } from "../dom";

/** Distance from the visible area within which rows are drawn, in pixels. */
const DRAW_MARGIN = 800;
/** Maximum number of rows that stay drawn outside of it. */
const DRAWN_LIMIT = 40;
/** Up to this number of rows, the whole list is in the page, so that the browser's own search finds all of it. */
const WHOLE_LIST = 200;
/** Height of what may cover the top of the visible area, such as the search bar, in pixels. */
const TOP_MARGIN = 40;
/** Space below a row that is scrolled to the bottom of the visible area, in pixels. */
const BOTTOM_MARGIN = 12;

export type Block = "nearest" | "start" | "center" | "end";

/** The rows of a list. */
export interface RowSource {
  /** Create the element of a row that comes into the page. */
  create(id: string): HTMLElement;
  /** Draw the content of a row, which is in the page. */
  draw(id: string): void;
  /** Release the content of a row that stays in the page. */
  release(id: string): void;
  /** Forget a row that has left the page. */
  remove(id: string): void;
  /** Estimate the height of a row that was not measured yet, in pixels. */
  estimate(id: string): number;
  /** Called after the list was scrolled, by the user or by `scrollTo`. */
  scrolled(byUser: boolean): void;
}

export class WindowedList {
  private ids: readonly string[] = [];
  private indexes = new Map<string, number>();
  private readonly heights = new Map<string, number>();
  /** The distance of each row from the start of the list; the last entry is the height of the list. */
  private tops = new Float64Array(1);
  private outdated = false;
  private readonly rows = new Map<string, HTMLElement>();
  private spaces = new Map<string, HTMLElement>();
  /** The rows with content; the one that was near the visible area last is at the end. */
  private readonly drawn = new Set<string>();
  /** The row that is kept in place while heights change, until the user scrolls. */
  private target: { id: string; block: Block } | undefined;
  /** The position and the size of the scroller after it was scrolled to the target. */
  private settled = { top: 0, height: 0, width: 0 };
  /** True if rows or heights have changed since the last frame. */
  private changed = false;
  private whole = false;
  private scheduled = false;
  private byUser = false;
  private readonly resized: ResizeObserver;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly list: HTMLElement,
    private readonly source: RowSource,
  ) {
    this.resized = new ResizeObserver((entries) => this.measure(entries));
    this.resized.observe(scroller);
    scroller.addEventListener("scroll", () => {
      // Also the browser's own search scrolls for the user. After a change of heights, the browser scrolls by itself.
      if (!this.changed && !this.hasOtherSize() && Math.abs(scroller.scrollTop - this.settled.top) > 1) this.userMoves();
      this.schedule();
      this.source.scrolled(this.byUser);
    }, { passive: true });
    const moved = (): void => this.userMoves();
    for (const type of ["wheel", "touchmove"]) scroller.addEventListener(type, moved, { passive: true });
    scroller.addEventListener("pointerdown", (event) => {
      // Only the scroll bar belongs to the scroller itself.
      if (event.target === scroller) moved();
    });
    scroller.addEventListener("keydown", (event) => {
      if (/^(Arrow(Up|Down)|Page(Up|Down)|Home|End| )$/.test(event.key)) moved();
    });
  }

  /** Set the rows, in order. Rows that exist already keep their elements. */
  setRows(ids: readonly string[]): void {
    this.ids = ids;
    this.indexes = new Map(ids.map((id, index) => [id, index]));
    for (const id of this.heights.keys()) if (!this.indexes.has(id)) this.heights.delete(id);
    for (const id of this.drawn) if (!this.indexes.has(id)) this.drawn.delete(id);
    this.outdated = true;
    this.render();
  }

  /** Remove all rows, as for another document. */
  clear(): void {
    this.target = undefined;
    this.heights.clear();
    this.setRows([]);
    this.scroller.scrollTop = 0;
    this.byUser = false;
  }

  /** Scroll to a row, and keep it in place while rows get other heights, until the user scrolls. */
  scrollTo(id: string, block: Block): void {
    if (!this.indexes.has(id)) return;
    this.target = { id, block };
    this.changed = true;
    this.byUser = false;
    this.render();
  }

  /** Draw a row now, wherever it is. */
  bring(id: string): void {
    this.scrollTo(id, "nearest");
    if (this.rows.has(id)) this.drawRow(id);
  }

  /** Give the position of the list to the user: nothing scrolls it back. */
  userMoves(): void {
    this.target = undefined;
    this.byUser = true;
  }

  /** Return true if a part of the row is visible. */
  inSight(id: string): boolean {
    const index = this.indexes.get(id);
    if (index === undefined) return false;
    const { from, height } = this.view();
    this.place();
    return this.top(index + 1) > from && this.top(index) < from + height;
  }

  /** Return the first row that begins in the visible area, or the one that fills it. */
  firstInSight(): string | undefined {
    const { from, height } = this.view();
    this.place();
    const index = this.indexAt(from + 1);
    const next = index + 1;
    return this.ids[this.top(index) < from && next < this.ids.length && this.top(next) < from + height ? next : index];
  }

  /** Draw all rows, for printing, or only those near the visible area again. */
  drawAll(whole: boolean): void {
    this.whole = whole;
    this.render();
  }

  /** Update the rows in the page in the next frame. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.render();
    });
  }

  private measure(entries: readonly ResizeObserverEntry[]): void {
    for (const { target, borderBoxSize } of entries) {
      const id = target instanceof HTMLElement ? target.dataset["cell"] : undefined;
      const height = borderBoxSize[0]?.blockSize ?? 0;
      // A row has no height while its tab is hidden.
      if (id === undefined || height === 0 || this.heights.get(id) === height || this.rows.get(id) !== target) continue;
      this.heights.set(id, height);
      this.outdated = this.changed = true;
    }
    // Rows that change in this callback would be reported as a loop.
    this.schedule();
  }

  private render(): void {
    // Two rounds: a jump in the first shows other rows.
    for (let round = 0; round < 2; round++) {
      const hidden = this.scroller.clientHeight === 0;
      if (hidden && this.ids.length > 0 && !this.whole) return;
      this.place();
      const near = this.near();
      this.arrange(this.kept(near));
      for (const id of near) this.drawRow(id);
      if (!this.changed || !this.settle()) break;
    }
    this.changed = false;
  }

  private drawRow(id: string): void {
    if (!this.drawn.has(id)) {
      this.changed = true;
      this.source.draw(id);
    }
    this.drawn.delete(id);
    this.drawn.add(id);
  }

  /** Compute the positions of all rows, if heights have changed. */
  private place(): void {
    if (!this.outdated) return;
    this.outdated = false;
    const tops = new Float64Array(this.ids.length + 1);
    let top = 0;
    this.ids.forEach((id, index) => {
      tops[index] = top;
      top += this.heights.get(id) ?? this.source.estimate(id);
    });
    tops[this.ids.length] = top;
    this.tops = tops;
  }

  private top(index: number): number {
    return this.tops[Math.min(index, this.ids.length)] ?? 0;
  }

  /** Return the index of the row at a distance from the start of the list. */
  private indexAt(distance: number): number {
    let [low, high] = [0, Math.max(0, this.ids.length - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= distance) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The start of the visible area in the list, and its height. */
  private view(): { from: number; height: number } {
    const from = this.scroller.getBoundingClientRect().top - this.list.getBoundingClientRect().top;
    return { from, height: this.scroller.clientHeight };
  }

  private near(): string[] {
    if (this.whole) return [...this.ids];
    const { from, height } = this.view();
    const first = this.indexAt(from - DRAW_MARGIN);
    const last = this.indexAt(from + height + DRAW_MARGIN);
    return this.ids.slice(first, last + 1);
  }

  /** Return the rows to have in the page, and release rows that are far away. */
  private kept(near: readonly string[]): Set<string> {
    const kept = new Set(near);
    const focused = this.rowOf(document.activeElement);
    // A field that the user types in must stay, and a row that is scrolled to must exist.
    for (const id of [focused, this.target?.id]) if (id !== undefined && this.indexes.has(id)) kept.add(id);
    const far = [...this.drawn].filter((id) => !kept.has(id));
    for (const id of far.slice(0, Math.max(0, far.length - DRAWN_LIMIT))) {
      this.source.release(id);
      this.drawn.delete(id);
    }
    if (this.ids.length <= WHOLE_LIST || this.whole) return new Set(this.ids);
    for (const id of this.drawn) kept.add(id);
    return kept;
  }

  private rowOf(element: Element | null): string | undefined {
    if (element === null || !this.list.contains(element)) return undefined;
    return element.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
  }

  /** Make the page hold these rows, with spaces between them. */
  private arrange(kept: ReadonlySet<string>): void {
    const indexes = [...kept].map((id) => this.indexes.get(id) ?? 0).sort((one, other) => one - other);
    const wanted: HTMLElement[] = [];
    const spaces = new Map<string, HTMLElement>();
    const addSpace = (before: string, from: number, to: number): void => {
      if (from === to) return;
      const space = this.spaces.get(before) ?? h("div", { className: "row-space" });
      space.style.height = `${this.top(to) - this.top(from)}px`;
      spaces.set(before, space);
      wanted.push(space);
    };
    let next = 0;
    for (const index of indexes) {
      const id = this.ids[index] ?? "";
      addSpace(id, next, index);
      wanted.push(this.rows.get(id) ?? this.addRow(id));
      next = index + 1;
    }
    addSpace("", next, this.ids.length);
    this.spaces = spaces;
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      this.rows.delete(id);
      this.drawn.delete(id);
      this.resized.unobserve(row);
      this.source.remove(id);
    }
    replaceChildren(this.list, wanted);
  }

  private addRow(id: string): HTMLElement {
    const row = this.source.create(id);
    row.style.containIntrinsicHeight = `auto ${this.heights.get(id) ?? this.source.estimate(id)}px`;
    this.rows.set(id, row);
    this.resized.observe(row);
    return row;
  }

  private hasOtherSize(): boolean {
    return this.scroller.scrollHeight !== this.settled.height || this.scroller.clientWidth !== this.settled.width;
  }

  /** Scroll to the target. Return true if the list was scrolled. */
  private settle(): boolean {
    const row = this.target === undefined ? undefined : this.rows.get(this.target.id);
    if (this.target === undefined || row === undefined || this.scroller.clientHeight === 0) return false;
    const box = row.getBoundingClientRect();
    const area = this.scroller.getBoundingClientRect();
    const top = box.top - area.top;
    const bottom = box.bottom + BOTTOM_MARGIN - area.top - this.scroller.clientHeight;
    const tall = box.height > this.scroller.clientHeight - TOP_MARGIN;
    let by = 0;
    const { block } = this.target;
    if (block === "end") by = tall || bottom > 0 ? bottom : Math.min(0, top - TOP_MARGIN);
    else if (block === "start" || tall) by = top - TOP_MARGIN;
    else if (block === "center") by = (top + bottom) / 2;
    else if (top < TOP_MARGIN) by = top - TOP_MARGIN;
    else if (bottom > 0) by = bottom;
    const before = this.scroller.scrollTop;
    if (Math.abs(by) >= 1) this.scroller.scrollTop = before + by;
    const { scrollTop, scrollHeight, clientWidth } = this.scroller;
    this.settled = { top: scrollTop, height: scrollHeight, width: clientWidth };
    return scrollTop !== before;
  }
}

/** Make `wanted` the children of an element. Children that stay are not moved. */
function replaceChildren(parent: HTMLElement, wanted: readonly HTMLElement[]): void {
  const staying = new Set<Element>(wanted);
  let at = parent.firstElementChild;
  for (const element of wanted) {
    while (at !== null && !staying.has(at)) {
      const next: Element | null = at.nextElementSibling;
      at.remove();
      at = next;
    }
    if (at === element) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  while (at !== null) {
    const next: Element | null = at.nextElementSibling;
    at.remove();
    at = next;
  }
}
