/**
 * The text of the cells: code, or Markdown as it reads.
 *
 * `Sources` owns the texts, which the server sends apart from the cells, and which of them are folded.
 */

import type { CellStore, ShownCell } from "../cellStore";
import { h } from "../dom";
import type { CellSource } from "../outputs/cellView";
import { renderMarkdown } from "../render/markdown";
import { TextView } from "../text/textView";
import { tokenLines } from "./pythonTokens";

/** Code with more lines is drawn without colours, and only as far as it is visible. */
const COLOURED_LINES = 300;
/** Height of a line of code and of the frame around code, in pixels. */
const LINE_HEIGHT = 19;
const FRAME_HEIGHT = 14;

export class Sources {
  /** False if the code of all cells is folded. */
  shown = true;
  private texts = new Map<string, string>();
  /** The cells whose folding differs from that of all cells. */
  private readonly turned = new Set<string>();

  constructor(private readonly store: CellStore, private readonly open: (url: string) => void) {}

  /** Forget all texts, for another document. */
  clear(): void {
    this.texts.clear();
    this.turned.clear();
  }

  /** Set the texts of some cells. Texts of cells that no longer exist are forgotten. */
  add(sources: Readonly<Record<string, string>>): void {
    // The blank lines before the next cell are not shown.
    for (const [id, text] of Object.entries(sources)) this.texts.set(id, text.trimEnd());
    for (const id of this.texts.keys()) if (this.store.get(id) === undefined) this.texts.delete(id);
  }

  /** Fold or show the code of all cells. */
  showAll(shown: boolean): void {
    this.shown = shown;
    this.turned.clear();
  }

  toggle(id: string): void {
    if (!this.turned.delete(id)) this.turned.add(id);
  }

  isFolded(cell: ShownCell): boolean {
    return cell.kind === "code" && this.shown === this.turned.has(cell.id);
  }

  text(cell: ShownCell): string {
    return cell.partOf === undefined ? (this.texts.get(cell.id) ?? "") : "";
  }

  estimate(cell: ShownCell): number {
    const text = this.text(cell);
    if (text === "" || this.isFolded(cell)) return 0;
    let lines = 1;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
    return Math.min(lines, COLOURED_LINES) * LINE_HEIGHT + FRAME_HEIGHT;
  }

  create(cell: ShownCell): CellSource {
    const element = h("div", { className: "source" });
    let drawn = "";
    const update = (now: ShownCell): void => {
      const text = this.text(now);
      const folded = this.isFolded(now);
      element.classList.toggle("folded", folded);
      const key = `${now.kind} ${String(folded)} ${text}`;
      if (key === drawn) return;
      drawn = key;
      element.replaceChildren(...this.draw(now, text, folded, () => update(now)));
    };
    update(cell);
    return { element, update, reveal: (line) => this.reveal(cell, element, line, update) };
  }

  private draw(cell: ShownCell, text: string, folded: boolean, update: () => void): HTMLElement[] {
    if (text === "") return [];
    if (cell.kind === "markdown") return [renderMarkdown(text, { open: (url) => this.open(url) })];
    if (!folded) return [drawCode(text, cell.kind === "code" && (this.store.kernel.language ?? "python") === "python")];
    const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
    const button = h("button", { type: "button", className: "folded-code", title: "Show the code", aria: { expanded: "false" } }, first.trim(), h("span", {}, " …"));
    button.addEventListener("click", () => {
      this.toggle(cell.id);
      update();
    });
    return [button];
  }

  private reveal(cell: ShownCell, element: HTMLElement, line: number, update: (cell: ShownCell) => void): HTMLElement | undefined {
    const now = this.store.get(cell.id) ?? cell;
    if (this.isFolded(now)) {
      this.toggle(now.id);
      update(now);
    }
    return element.querySelectorAll<HTMLElement>(".line")[line] ?? element;
  }
}

function drawCode(text: string, python: boolean): HTMLElement {
  const lines = text.split("\n");
  if (lines.length > COLOURED_LINES) {
    const view = new TextView("code");
    view.element.setAttribute("role", "group");
    view.show(text);
    // The visible lines are drawn once the element has a place in the page.
    requestAnimationFrame(() => view.attached());
    return view.element;
  }
  const rows = python ? tokenLines(text) : lines.map((line) => [{ kind: undefined, text: line }]);
  return h(
    "div",
    { className: "code", aria: { role: "group", label: "Code" } },
    ...rows.map((tokens) =>
      h(
        "div",
        { className: "line" },
        ...tokens.map(({ kind, text: part }) => (kind === undefined ? part : h("span", { className: `code-${kind}` }, part))),
        tokens.length === 0 && h("br"),
      ),
    ),
  );
}
