/**
 * The cells of a document with their outputs, in the order of the document.
 *
 * Owns the following of the work: the cell that runs, or that the editor's cursor enters, is scrolled
 * into sight, unless the user has scrolled away from it. In a page that shows whole cells it also owns
 * the selected cell, which is that of the keyboard.
 */

import { h } from "../dom";
import type { Host } from "../host";
import type { CellsChangedParams } from "../protocol";
import { TextView } from "../text/textView";
import type { CellStore, ShownCell } from "../cellStore";
import { type CellSource, CellView } from "./cellView";
import type { Match } from "./search";
import { SearchBar } from "./searchBar";
import { type Block, WindowedList } from "./windowedList";

/** Height of a cell's head and its margins, and of outputs that were not drawn yet, in pixels. */
const HEAD_HEIGHT = 45;
const OUTPUT_HEIGHT = 75;

/** The texts of cells, for a page that shows whole cells instead of outputs only. */
export interface SourceOptions {
  create(cell: ShownCell): CellSource;
  /** The text of a cell, for search. */
  text(cell: ShownCell): string;
  /** The estimated height of its text, in pixels. */
  estimate(cell: ShownCell): number;
}

export class OutputsView {
  readonly element: HTMLElement;
  private readonly list = h("div", { className: "cells" });
  private readonly empty = h("div", { className: "empty" });
  private readonly views = new Map<string, CellView>();
  private readonly rows: WindowedList;
  private readonly search: SearchBar;
  private readonly foldedOutputs = new Set<string>();
  /** The document that is shown. */
  private uri = "";
  private currentCell = "";
  private selectedCell = "";
  private follows = true;
  /** The cell that is kept in sight while the page follows. */
  private followed = "";
  /** True if the user has scrolled away from that cell. */
  private away = false;
  /** True until something happens in a document that was loaded. */
  private opening = true;

  constructor(
    private readonly host: Host,
    private readonly store: CellStore,
    private readonly source?: SourceOptions,
  ) {
    const label = source === undefined ? "Search outputs" : "Search code and outputs";
    this.search = new SearchBar(label, {
      root: this.list,
      cells: () => this.store.ordered(),
      sourceOf: (cell) => this.source?.text(cell) ?? "",
      reveal: (match) => this.reveal(match),
    });
    this.element = h("div", { className: "outputs" }, this.search.element, this.empty, this.list);
    this.rows = new WindowedList(this.element, this.list, {
      create: (id) => this.createView(id).element,
      draw: (id) => this.views.get(id)?.mount(),
      release: (id) => this.views.get(id)?.unmount(),
      remove: (id) => {
        this.views.get(id)?.dispose();
        this.views.delete(id);
      },
      estimate: (id) => this.estimate(id),
      scrolled: (byUser) => {
        if (byUser) this.away = this.followed !== "" && !this.rows.inSight(this.followed);
      },
    });
    // Update the duration of running cells each second.
    window.setInterval(() => {
      for (const view of this.views.values()) view.updateDuration();
    }, 1000);
  }

  get following(): boolean {
    return this.follows;
  }

  /** Set whether the page scrolls to the cell at the cursor, and to the cell that runs. */
  follow(follows: boolean): void {
    this.follows = follows;
    this.away = false;
    if (follows) this.show(this.followed, "nearest");
  }

  /** Show another document. */
  load(): void {
    const { scrollTop } = this.element;
    const again = this.store.uri !== "" && this.store.uri === this.uri;
    this.uri = this.store.uri;
    if (!again) {
      this.currentCell = this.selectedCell = this.followed = "";
      this.foldedOutputs.clear();
      this.rows.clear();
      this.away = false;
      this.opening = true;
    } else for (const view of this.views.values()) view.update(this.store.get(view.cell.id) ?? view.cell);
    const cells = this.arrange();
    this.search.refresh();
    if (again) this.element.scrollTop = scrollTop;
    else this.followWork(runningCell(cells) ?? lastRunCell(cells));
  }

  /** Apply a change of cells. */
  change(params: CellsChangedParams): void {
    this.opening = false;
    const states = new Map(params.cells.map(({ id }) => [id, stateOf(this.store.get(id))]));
    const changed = this.store.apply(params);
    for (const id of changed) {
      const cell = this.store.get(id);
      if (cell !== undefined) this.views.get(id)?.update(cell);
    }
    this.arrange();
    this.search.refresh();
    const now = params.cells.flatMap(({ id }) => this.store.get(id) ?? []);
    // The output of a running cell has grown, or a run is over, possibly before the page knew of it.
    this.followWork(runningCell(now) ?? lastRunCell(now.filter((cell) => stateOf(cell) !== states.get(cell.id))));
  }

  /** Mark the cell at the cursor. */
  setCursor(id: string): void {
    if (id === this.currentCell) return;
    const { opening } = this;
    this.opening = false;
    this.views.get(this.currentCell)?.element.classList.remove("current");
    this.currentCell = id;
    this.views.get(id)?.element.classList.add("current");
    // A page that opens shows the work, not the cursor.
    if (opening && runningCell(this.store.ordered()) !== undefined) return;
    if (this.store.get(id) === undefined) return;
    this.followed = id;
    this.away = false;
    this.show(id, "nearest");
  }

  /** Scroll to a cell that the user wants to see. */
  showCell(id: string): void {
    this.opening = false;
    this.followed = id;
    this.away = false;
    this.rows.scrollTo(id, "nearest");
  }

  openSearch(): void {
    this.search.open();
  }

  /** Draw everything again, for example after a change of the theme. */
  redraw(): void {
    for (const view of this.views.values()) view.redraw();
  }

  /** The cell of the keyboard: the selected one, or the one that the user sees. */
  get selected(): ShownCell | undefined {
    const inSight = this.selectedCell !== "" && this.rows.inSight(this.selectedCell);
    return this.store.get(inSight ? this.selectedCell : (this.rows.firstInSight() ?? ""));
  }

  /** Select a cell, give it the focus, and scroll to it. */
  select(id: string): void {
    this.mark(id);
    this.rows.scrollTo(id, "nearest");
    this.views.get(id)?.element.focus({ preventScroll: true });
    this.away = this.followed !== "" && !this.rows.inSight(this.followed);
  }

  /** Select the next cell, or another one relative to the selected cell. */
  step(by: number): void {
    const ids = this.store.ordered().filter((cell) => this.shows(cell)).map(({ id }) => id);
    const inSight = this.selectedCell !== "" && this.rows.inSight(this.selectedCell);
    const at = ids.indexOf(this.selected?.id ?? "");
    // From a cell out of sight, the next one is the first in sight.
    const next = ids[Math.max(0, Math.min(ids.length - 1, inSight || !Number.isFinite(by) ? at + by : at))];
    if (next !== undefined) this.select(next);
  }

  /** Hide or show the outputs of a cell. */
  toggleOutputs(id: string): void {
    if (!this.foldedOutputs.delete(id)) this.foldedOutputs.add(id);
    this.drawFold(id);
  }

  /** Draw the texts of these cells again, or of all cells. */
  updateSources(ids?: Iterable<string>): void {
    for (const id of ids ?? this.views.keys()) this.views.get(id)?.updateSource();
    this.rows.schedule();
    this.search.refresh();
  }

  /** Apply a change of the texts of these cells. */
  sourcesChanged(ids: Iterable<string>): void {
    this.updateSources(ids);
    if (!this.away) this.show(this.followed, "end");
  }

  /** Draw all cells, for printing, or only those near the visible area again. */
  drawAll(whole: boolean): void {
    this.rows.drawAll(whole);
    for (const text of this.list.querySelectorAll(".text.long")) TextView.of(text)?.drawAll(whole);
  }

  /** Keep a cell in sight that runs or has just run. */
  private followWork(cell: ShownCell | undefined): void {
    if (cell === undefined) return;
    this.followed = cell.id;
    if (!this.away) this.show(cell.id, "end");
  }

  private show(id: string, block: Block): void {
    if (this.follows && id !== "") this.rows.scrollTo(id, block);
  }

  private reveal(match: Match): Element | undefined {
    this.rows.scrollTo(match.cell, "nearest");
    const view = this.views.get(match.cell);
    if (view === undefined) return undefined;
    if (this.foldedOutputs.has(match.cell) && match.output >= 0) this.toggleOutputs(match.cell);
    const place = view.reveal(match.output, match.line) ?? view.element;
    this.rows.userMoves();
    return place;
  }

  private shows(cell: ShownCell): boolean {
    return cell.run !== undefined || cell.outputs.length > 0 || (this.source !== undefined && cell.partOf === undefined);
  }

  /** Arrange the views of all shown cells, in order. Return all cells. */
  private arrange(): readonly ShownCell[] {
    const cells = this.store.ordered();
    const shown = cells.filter((cell) => this.shows(cell));
    this.rows.setRows(shown.map(({ id }) => id));
    this.empty.hidden = shown.length > 0;
    if (this.store.uri === "") this.empty.textContent = "Open a script with # %% cells to see their outputs here.";
    else if (this.source !== undefined) this.empty.textContent = "This script is empty.";
    else this.empty.textContent = "No cell has run yet. Put the cursor in one and press Shift+Enter.";
    return cells;
  }

  private createView(id: string): CellView {
    const cell = this.store.get(id);
    if (cell === undefined) throw new Error(`The cell ${id} is not in the document.`);
    const { source } = this;
    const view = new CellView(cell, {
      host: this.host,
      createSource: source === undefined ? undefined : (one) => source.create(one),
      uri: () => this.store.uri,
      drawn: () => this.search.redraw(),
      now: () => Date.now() / 1000,
    });
    view.element.classList.toggle("current", id === this.currentCell);
    view.element.classList.toggle("selected", id === this.selectedCell);
    if (source !== undefined) {
      view.element.tabIndex = -1;
      view.element.addEventListener("focusin", () => this.mark(id));
      view.element.addEventListener("pointerdown", () => this.mark(id));
    }
    this.views.set(id, view);
    if (this.foldedOutputs.has(id)) this.drawFold(id);
    return view;
  }

  private mark(id: string): void {
    this.views.get(this.selectedCell)?.element.classList.remove("selected");
    this.selectedCell = id;
    this.views.get(id)?.element.classList.add("selected");
  }

  private drawFold(id: string): void {
    this.views.get(id)?.fold(this.foldedOutputs.has(id), () => this.toggleOutputs(id));
  }

  private estimate(id: string): number {
    const cell = this.store.get(id);
    if (cell === undefined) return HEAD_HEIGHT;
    const outputs = cell.outputs.length > 0 ? OUTPUT_HEIGHT : 0;
    return (cell.kind === "code" ? HEAD_HEIGHT : 0) + outputs + (this.source?.estimate(cell) ?? 0);
  }
}

function stateOf(cell: ShownCell | undefined): string {
  return `${cell?.run?.id ?? ""} ${cell?.run?.state ?? ""}`;
}

function runningCell(cells: readonly ShownCell[]): ShownCell | undefined {
  return cells.find(({ run }) => run?.state === "running");
}

/** Return the cell whose run ended last. */
function lastRunCell(cells: readonly ShownCell[]): ShownCell | undefined {
  let found: ShownCell | undefined;
  for (const cell of cells) {
    if (cell.run?.endedAt !== undefined && cell.run.endedAt >= (found?.run?.endedAt ?? 0)) found = cell;
  }
  return found;
}
