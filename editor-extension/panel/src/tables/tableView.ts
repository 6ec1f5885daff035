/**
 * Draws a table: a head for sorting, filters above it, and the visible rows.
 *
 * Rows are loaded in pages when they become visible, so that a table of a million rows costs no more than
 * a screen of rows. Columns are loaded in groups; buttons above the table show the next group.
 */

import { h, icon, iconButton, textButton } from "../dom";
import type { TableColumn, TableResult, TableSort } from "../protocol";
import { FilterBar } from "./filterBar";
import { isMissing, parseNumber } from "./textRows";
import type { ExportFormat, TableQuery, TableSource } from "./tableSource";
import { drawSummary } from "./columnSummary";

const PAGE_SIZE = 100;
const COLUMN_LIMIT = 50;
/** Maximum number of pages kept in memory. */
const PAGE_LIMIT = 50;
/** Maximum height of an element in pixels: browsers cannot lay out higher ones. */
const MAX_HEIGHT = 15_000_000;

export interface TableOptions {
  save(name: string, data: string, encoding: "utf8" | "base64"): void;
  /** Called after the visible rows were drawn. */
  drawn?(): void;
  /** Show only a few rows, and no controls that a small table does not need. */
  compact?: boolean;
}

export class TableView {
  readonly element: HTMLElement;
  private readonly scroller = h("div", { className: "table-scroller", tabIndex: 0 });
  private readonly body = h("tbody");
  private readonly head = h("thead");
  private readonly status = h("span", { className: "table-status" });
  private readonly columnsPager = h("span", { className: "columns-pager" });
  private readonly aside = h("div", { className: "table-summary", hidden: true });
  private readonly tools: HTMLElement;
  private readonly filters: FilterBar;
  private readonly pages = new Map<number, TableResult>();
  private readonly loading = new Set<number>();
  private sort: TableSort[] = [];
  private firstColumn = 0;
  private first: TableResult | undefined;
  private rowHeight = 0;
  private generation = 0;

  constructor(private readonly source: TableSource, private readonly options: TableOptions) {
    this.filters = new FilterBar(() => this.reload());
    const table = h("table", {}, this.head, this.body);
    this.scroller.append(table);
    this.scroller.addEventListener("scroll", () => this.loadVisible(), { passive: true });
    const formats = h("select", { className: "mime", title: "Save the table as a file" }, h("option", {}, "Save as …"), ...source.formats.map((format) => h("option", {}, format)));
    formats.setAttribute("aria-label", "Save the table as a file");
    formats.addEventListener("change", () => {
      if (formats.selectedIndex > 0) void this.export(formats.value as ExportFormat);
      formats.selectedIndex = 0;
    });
    this.tools = h("div", { className: "table-tools" }, this.status, this.columnsPager, this.filters.element, formats);
    this.element = h("div", { className: `table-view${options.compact ? " compact" : ""}` }, this.tools, this.scroller, this.aside);
    this.reload();
  }

  /** Must be called after the element was added to the page. */
  attached(): void {
    this.loadVisible();
  }

  /** Load the visible rows again, for example after a run. */
  refresh(): void {
    this.reload(true);
  }

  private query(start: number, count = PAGE_SIZE): TableQuery {
    return { start, count, firstColumn: this.firstColumn, columns: COLUMN_LIMIT, sort: this.sort, filters: this.filters.filters };
  }

  private reload(keepPlace = false): void {
    this.generation += 1;
    this.pages.clear();
    this.loading.clear();
    if (!keepPlace) this.scroller.scrollTop = 0;
    void this.load(0, true);
  }

  private async load(page: number, fresh = false): Promise<void> {
    if (this.loading.has(page)) return;
    this.loading.add(page);
    const generation = this.generation;
    try {
      const result = await this.source.load(this.query(page * PAGE_SIZE));
      if (generation !== this.generation) return;
      this.pages.set(page, result);
      for (const old of [...this.pages.keys()].slice(0, Math.max(0, this.pages.size - PAGE_LIMIT))) this.pages.delete(old);
      if (fresh || this.first === undefined) this.showHead(result);
      this.draw();
    } catch (error) {
      if (generation === this.generation) this.showMessage(error instanceof Error ? error.message : String(error));
    } finally {
      if (generation === this.generation) this.loading.delete(page);
    }
  }

  private showMessage(message: string): void {
    this.status.textContent = message;
    this.status.classList.add("trouble");
  }

  /** Show the head and the counts of a table, from its first page. */
  private showHead(result: TableResult): void {
    this.first = result;
    const { totalRows, filteredRows, totalColumns, columns, operations } = result;
    const format = (count: number): string => count.toLocaleString("en");
    const rows = filteredRows === totalRows ? format(totalRows) : `${format(filteredRows)} of ${format(totalRows)}`;
    this.status.classList.remove("trouble");
    this.status.textContent = result.message ?? `${rows} rows × ${format(totalColumns)} columns`;
    this.filters.setColumns(columns, result.firstColumn, operations.includes("filter"));
    this.tools.classList.toggle("no-export", !operations.includes("export"));
    this.drawColumnsPager(totalColumns, columns.length);
    const labels = columns.map((column, at) => {
      const label = this.columnHead(column, at + this.firstColumn, result);
      // The name of a column of numbers is above the numbers.
      label.classList.toggle("number", areNumbers(result.rows.map((row) => row[at] ?? "")));
      return label;
    });
    const widths = columns.map((column, at) => columnWidth(column, result.rows.map((row) => row[at] ?? "")));
    const index = Math.max(2, ...result.index.map((label) => label.length)) + 2;
    const group = h("colgroup", {}, ...[index, ...widths].map((width) => {
      const col = h("col");
      col.style.width = `${Math.min(width, 42)}ch`;
      return col;
    }));
    this.head.parentElement?.querySelector("colgroup")?.remove();
    this.head.before(group);
    this.head.replaceChildren(h("tr", {}, h("th", { className: "corner", scope: "col" }, ""), ...labels));
  }

  private columnHead(column: TableColumn, at: number, result: TableResult): HTMLElement {
    const sorted = this.sort.find((entry) => entry.column === at);
    const name = h("button", { className: "column-name", type: "button", title: `Sort by ${column.name}` }, column.name, sorted && icon(sorted.descending ? "down" : "up"));
    name.disabled = !result.operations.includes("sort");
    name.addEventListener("click", (event) => this.sortBy(at, event.shiftKey));
    const cell = h("th", { scope: "col" }, h("span", { className: "column-head" }, name,
      result.operations.includes("filter") && iconButton("filter", `Filter ${column.name}`, () => this.filters.open(at)),
      result.operations.includes("summary") && iconButton("info", `Summary of ${column.name}`, () => void this.showSummary(at)),
    ), column.dtype !== "" && h("span", { className: "dtype" }, column.dtype));
    cell.setAttribute("aria-sort", sorted === undefined ? "none" : sorted.descending ? "descending" : "ascending");
    return cell;
  }

  /** Sort ascending, then descending, then not at all. `keepOthers` (Shift) keeps the other sort columns. */
  private sortBy(column: number, keepOthers: boolean): void {
    const before = this.sort.find((entry) => entry.column === column);
    const others = keepOthers ? this.sort.filter((entry) => entry.column !== column) : [];
    if (before === undefined) this.sort = [...others, { column }];
    else this.sort = before.descending ? others : [...others, { column, descending: true }];
    this.reload();
  }

  private async showSummary(column: number): Promise<void> {
    const close = iconButton("clear", "Close", () => (this.aside.hidden = true));
    this.aside.hidden = false;
    this.aside.replaceChildren("Loading the summary …", close);
    try {
      this.aside.replaceChildren(close, drawSummary(await this.source.summary(column)));
    } catch (error) {
      this.aside.replaceChildren(close, error instanceof Error ? error.message : String(error));
    }
  }

  private async export(format: ExportFormat): Promise<void> {
    try {
      const query = { ...this.query(0, 1_000_000), firstColumn: 0, columns: this.first?.totalColumns ?? COLUMN_LIMIT };
      const made = await this.source.export(query, format);
      this.options.save(`table.${format}`, made.text, made.encoding ?? "utf8");
      if (made.message !== undefined) this.showMessage(made.message);
      else if (made.truncated) this.showMessage("The table is too long for one file. Only its first rows were saved.");
    } catch (error) {
      this.showMessage(error instanceof Error ? error.message : String(error));
    }
  }

  private drawColumnsPager(total: number, shown: number): void {
    if (total <= shown && this.firstColumn === 0) {
      this.columnsPager.replaceChildren();
      return;
    }
    const go = (to: number): void => {
      this.firstColumn = Math.max(0, to);
      this.reload(true);
    };
    const before = textButton("‹", () => go(this.firstColumn - COLUMN_LIMIT));
    const after = textButton("›", () => go(this.firstColumn + COLUMN_LIMIT));
    before.setAttribute("aria-label", "Previous columns");
    after.setAttribute("aria-label", "Next columns");
    before.disabled = this.firstColumn === 0;
    after.disabled = this.firstColumn + shown >= total;
    const words = ` columns ${this.firstColumn + 1}–${this.firstColumn + shown} `;
    this.columnsPager.replaceChildren(before, words, after);
  }

  private loadVisible(): void {
    if (this.first === undefined) return;
    const { from, to } = this.visibleRows();
    for (let page = Math.floor(from / PAGE_SIZE); page <= Math.floor(Math.max(from, to - 1) / PAGE_SIZE); page += 1) {
      if (!this.pages.has(page) && page * PAGE_SIZE < this.first.filteredRows) void this.load(page);
    }
    this.draw();
  }

  private visibleRows(): { from: number; to: number; scale: number } {
    const total = this.first?.filteredRows ?? 0;
    const height = this.rowHeight || 22;
    // Above the maximum height, one step of the scroll bar is more than one row.
    const scale = Math.max(1, (total * height) / MAX_HEIGHT);
    const top = Math.floor((this.scroller.scrollTop * scale) / height);
    const rows = Math.ceil((this.scroller.clientHeight || 300) / height);
    return { from: Math.max(0, top - 10), to: Math.min(total, top + rows + 10), scale };
  }

  private draw(): void {
    if (this.first === undefined) return;
    const { from, to, scale } = this.visibleRows();
    const height = this.rowHeight || 22;
    const total = this.first.filteredRows;
    const rows: HTMLElement[] = [];
    for (let at = from; at < to; at += 1) rows.push(this.row(at));
    const above = createSpacer(Math.min((from * height) / scale, MAX_HEIGHT));
    const below = createSpacer(Math.max(0, ((total - to) * height) / scale));
    this.body.replaceChildren(above, ...rows, below);
    const measured = rows[0]?.getBoundingClientRect().height ?? 0;
    if (this.rowHeight === 0 && measured > 0) {
      this.rowHeight = measured;
      this.draw();
    }
    this.options.drawn?.();
  }

  private row(at: number): HTMLElement {
    const page = this.pages.get(Math.floor(at / PAGE_SIZE));
    const values = page?.rows[at % PAGE_SIZE];
    const columns = this.first?.columns.length ?? 0;
    if (page === undefined || values === undefined) {
      return h("tr", { className: "pending" }, h("th", { scope: "row" }, "…"), ...Array.from({ length: columns }, () => h("td")));
    }
    const cells = values.map((value) => {
      const kind = isMissing(value) ? "missing" : parseNumber(value) === undefined ? "" : "number";
      return h("td", { className: kind, title: value }, value === "" ? "–" : value);
    });
    return h("tr", {}, h("th", { scope: "row" }, page.index[at % PAGE_SIZE] ?? String(at)), ...cells);
  }
}

function createSpacer(height: number): HTMLElement {
  const row = h("tr", { className: "spacer" });
  row.style.height = `${height}px`;
  row.setAttribute("aria-hidden", "true");
  return row;
}

/** Return true for a column of numbers, with at least one. */
function areNumbers(values: string[]): boolean {
  const present = values.filter((value) => !isMissing(value));
  return present.length > 0 && present.every((value) => parseNumber(value) !== undefined);
}

function columnWidth(column: TableColumn, values: readonly string[]): number {
  const longest = Math.max(0, ...values.map((value) => value.length));
  // The head has two buttons next to the name.
  return Math.max(8, longest + 2, column.name.length + 8, column.dtype.length + 2);
}

