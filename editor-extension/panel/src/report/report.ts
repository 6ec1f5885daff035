/**
 * A report: an executed notebook as one HTML file that needs no server and no network.
 *
 * Owns the layout, and which cells are drawn: those near the visible area, and all of them for printing. The
 * outputs are drawn as on the page, so HTML and scripts of outputs run in frames without an origin.
 */

import "../styles/theme.css";
import "../styles/outputs.css";
import "../styles/report.css";

import { h, textButton } from "../dom";
import { renderMarkdown } from "../render/markdown";
import { textOf } from "../render/mimeValues";
import { drawOutput } from "../render/output";
import type { DrawnOutput, OutputContext } from "../render/types";
import { TextView } from "../text/textView";
import { cellsOf, type ReportCell } from "./notebookCells";

/** Distance from the visible area within which outputs are drawn. */
const DRAW_MARGIN = "1000px 0px";
/** Cells whose outputs are drawn at once. */
const DRAWN_AT_ONCE = 20;

const around: OutputContext = {
  open: (url) => void window.open(url, "_blank", "noopener,noreferrer"),
  reveal: () => undefined,
  save,
  fetch: () => Promise.reject(new Error("This part of the output is not in the report.")),
  drawn: () => undefined,
};

function save(name: string, data: string, encoding: "utf8" | "base64"): void {
  const content = encoding === "utf8" ? data : Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const link = h("a", { href: URL.createObjectURL(new Blob([content])), download: name });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

class CodeCell {
  readonly element: HTMLElement;
  private readonly code: HTMLDetailsElement;
  private readonly results = h("div", { className: "cell-outputs" });
  private drawn: DrawnOutput[] | undefined;

  constructor(private readonly cell: ReportCell) {
    const source = new TextView("source");
    source.show(cell.source);
    const first = cell.source.trimStart().split("\n", 1)[0] ?? "";
    const count = h("span", { className: "count" }, cell.count === undefined ? "[ ]" : `[${cell.count}]`);
    const title = cell.title !== "" && h("span", { className: "title" }, cell.title);
    const summary = h("summary", {}, count, title, h("span", { className: "first-line" }, first));
    this.code = h("details", { open: true }, summary, source.element);
    this.code.hidden = cell.source.trim() === "";
    this.element = h("section", { className: "cell" }, this.code, this.results);
  }

  /** Show the code, or only its first line. */
  showCode(shown: boolean): void {
    this.code.open = shown;
  }

  draw(): void {
    if (this.drawn !== undefined) return;
    this.drawn = this.cell.outputs.map((output) => {
      const made = drawOutput(output, around);
      this.results.append(h("div", { className: `output ${output.kind}` }, made.element));
      made.attached?.();
      return made;
    });
  }

  /** Draw the outputs again in the present colours. */
  redraw(): void {
    if (this.drawn === undefined) return;
    for (const made of this.drawn) made.dispose?.();
    this.results.replaceChildren();
    this.drawn = undefined;
    this.draw();
  }
}

function drawTextCell(cell: ReportCell): HTMLElement {
  const content = cell.kind === "markdown" ? renderMarkdown(cell.source, around) : h("pre", {}, cell.source);
  return h("section", { className: `cell ${cell.kind}` }, content);
}

function show(notebook: unknown): void {
  const drawings = new Map<Element, CodeCell>();
  const list = h("main");
  for (const cell of cellsOf(notebook)) {
    if (cell.kind !== "code") {
      list.append(drawTextCell(cell));
      continue;
    }
    const made = new CodeCell(cell);
    drawings.set(made.element, made);
    list.append(made.element);
  }
  const cells = [...drawings.values()];
  let shown = true;
  const fold = textButton("Hide code", () => {
    shown = !shown;
    fold.textContent = shown ? "Hide code" : "Show code";
    for (const cell of cells) cell.showCode(shown);
  });
  const print = textButton("Print", () => window.print());
  document.body.replaceChildren(h("header", { className: "report-head" }, h("h1", {}, document.title), fold, print), list);
  cells.slice(0, DRAWN_AT_ONCE).forEach((cell) => cell.draw());
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        drawings.get(target)?.draw();
      }
    },
    { rootMargin: DRAW_MARGIN },
  );
  for (const element of drawings.keys()) observer.observe(element);
  window.addEventListener("beforeprint", () => cells.forEach((cell) => cell.draw()));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cells.forEach((cell) => cell.redraw()));
}

show(JSON.parse(textOf(document.getElementById("notebook")?.textContent ?? "{}")));
