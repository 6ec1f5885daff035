/**
 * Draws text: all of a short text, and only the visible lines of a long one.
 *
 * The rows of a long text have one height, so that ten thousand lines cost no more than a screen of lines.
 */

import { h } from "../dom";
import { appendSpans } from "./spanElements";
import { StyledLines } from "./styledLines";

/** A text with more lines is long. */
const DRAWN_WHOLE = 300;
const EXTRA_LINES = 20;
const ROWS = 24;
/** Maximum number of lines of one text on paper. */
const PRINTED_LINES = 20_000;

export class TextView {
  private static readonly views = new WeakMap<Element, TextView>();
  readonly element: HTMLElement;
  private lines = new StyledLines("");
  private first = -1;
  private last = -1;
  private rowHeight = 0;
  private readonly canvas = h("div", { className: "text-canvas" });
  private pendingLine: number | undefined;

  constructor(className: string, private readonly drawn: () => void = () => undefined) {
    this.element = h("div", { className: `text ${className}`, tabIndex: 0 });
    this.element.setAttribute("role", "log");
    TextView.views.set(this.element, this);
    this.element.addEventListener("scroll", () => this.drawVisible(), { passive: true });
  }

  /** Return the view of an element in the page. */
  static of(element: Element): TextView | undefined {
    return TextView.views.get(element);
  }

  /** Show `text`. If a long text was scrolled to its end, it stays there. */
  show(text: string): void {
    if (text === this.lines.text) return;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const atEnd = this.isLong && scrollTop + clientHeight >= scrollHeight - 4;
    this.lines = new StyledLines(text);
    this.first = this.last = -1;
    this.element.classList.toggle("long", this.isLong);
    if (!this.isLong) {
      this.element.replaceChildren(...this.rows(0, this.lines.count));
      this.drawn();
      return;
    }
    if (this.canvas.parentNode !== this.element) this.element.replaceChildren(this.canvas);
    this.drawVisible();
    if (atEnd && this.element.isConnected) {
      this.element.scrollTop = this.element.scrollHeight;
      this.drawVisible();
    }
  }

  /** The number of lines of the text. */
  get count(): number {
    return this.lines.count;
  }

  /** Scroll to `line`. Return its row, if it is drawn already. */
  reveal(line: number): HTMLElement | undefined {
    let row = this.element.children[line];
    if (this.isLong) {
      if (this.rowHeight === 0) this.pendingLine = line;
      else this.element.scrollTop = Math.max(0, (line - ROWS / 2) * this.rowHeight);
      this.drawVisible();
      row = this.canvas.firstElementChild?.children[line - this.first];
    }
    return row instanceof HTMLElement ? row : undefined;
  }

  /** Draw all lines, for printing, or only the visible ones again. */
  drawAll(whole: boolean): void {
    if (!this.isLong) return;
    this.first = this.last = -1;
    if (!whole) {
      this.element.replaceChildren(this.canvas);
      this.drawVisible();
      return;
    }
    const left = this.lines.count - PRINTED_LINES;
    const note = left > 0 && h("div", { className: "gap" }, `${left.toLocaleString("en")} more lines`);
    this.element.replaceChildren(h("div", {}, ...this.rows(0, Math.min(this.lines.count, PRINTED_LINES)), note));
  }

  /** Must be called after the element was added to the page and has a size. */
  attached(): void {
    this.drawVisible();
    if (this.pendingLine !== undefined) {
      const line = this.pendingLine;
      this.pendingLine = undefined;
      this.reveal(line);
    }
  }

  private get isLong(): boolean {
    return this.lines.count > DRAWN_WHOLE;
  }

  private drawVisible(): void {
    if (!this.isLong || !this.element.isConnected) return;
    this.rowHeight ||= measureRow(this.element);
    if (this.rowHeight === 0) return;
    const shown = this.element.clientHeight || ROWS * this.rowHeight;
    const top = Math.floor(this.element.scrollTop / this.rowHeight);
    const first = Math.max(0, top - EXTRA_LINES);
    const last = Math.min(this.lines.count, top + Math.ceil(shown / this.rowHeight) + EXTRA_LINES);
    this.canvas.style.height = `${this.lines.count * this.rowHeight}px`;
    if (first === this.first && last === this.last) return;
    if (this.first === -1) this.canvas.style.minWidth = `${Math.min(this.lines.width, 4000) + 2}ch`;
    this.first = first;
    this.last = last;
    const rows = this.rows(first, last);
    const block = h("div", { className: "text-block" }, ...rows);
    block.style.top = `${first * this.rowHeight}px`;
    this.canvas.replaceChildren(block);
    this.drawn();
  }

  private rows(first: number, last: number): HTMLElement[] {
    return this.lines.range(first, last).map((pieces) => {
      const row = h("div", { className: "line" });
      appendSpans(row, pieces);
      // An empty line needs a height, and is copied as a line.
      if (pieces.length === 0) row.append(h("br"));
      return row;
    });
  }
}

function measureRow(within: HTMLElement): number {
  const probe = h("div", { className: "line" }, "x");
  within.append(probe);
  const height = probe.getBoundingClientRect().height;
  probe.remove();
  return height;
}
