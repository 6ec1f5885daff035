/**
 * Frames that come as HTML (pandas, polars) as tables that can be sorted and filtered.
 *
 * Only the text of the cells is taken over; nothing of the HTML comes into the page.
 */

import { h } from "../dom";
import type { TableColumn, TableExportResult, TableResult, TableSummaryResult } from "../protocol";
import type { DrawnOutput, OutputContext } from "../render/types";
import { selectRows, exportRows, summarizeColumn } from "./textRows";
import type { ExportFormat, TableQuery, TableSource } from "./tableSource";
import { TableView } from "./tableView";

interface ParsedFrame {
  columns: TableColumn[];
  index: string[];
  rows: string[][];
  /** As pandas and polars say below or above the table: `3 rows × 2 columns`. */
  note: string;
}

/** Draw the HTML of a frame as a table; undefined where it is something else. */
export function drawHtmlTable(html: string, around: OutputContext): DrawnOutput | undefined {
  const parsed = parseFrame(html);
  if (parsed === undefined) return undefined;
  const view = new TableView(new HtmlTable(parsed), {
    save: (name, text) => around.save(name, text, "utf8"),
    drawn: () => around.drawn(),
    compact: true,
  });
  const note = parsed.note === "" ? null : h("div", { className: "table-note" }, parsed.note);
  return { element: h("div", { className: "local-table" }, view.element, note), attached: () => view.attached() };
}

/** Return what a frame's HTML says; undefined where it is no plain frame. */
export function parseFrame(html: string): ParsedFrame | undefined {
  if (!/<table[^>]*\bclass="[^"]*\bdataframe\b/.test(html)) return undefined;
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const tables = body.querySelectorAll("table");
  const table = tables[0];
  if (table === undefined || tables.length > 1) return undefined;
  // Styled frames, several levels and what holds more than text are shown as they are, in a frame.
  if (table.querySelector("[rowspan]:not([rowspan='1']), [colspan]:not([colspan='1']), img, svg, a, [style*=background]")) {
    return undefined;
  }
  const heads = [...table.querySelectorAll("thead tr")].map(cellTexts);
  const lines = [...table.querySelectorAll("tbody tr")];
  const indexes = lines[0]?.querySelectorAll("th").length ?? heads[0]?.findIndex((name) => name !== "") ?? 0;
  if (heads.length === 0 || heads.length > 2 || indexes > 1 || indexes < 0) return undefined;
  const all = lines.map(cellTexts);
  const [names = [], second = []] = heads;
  const polars = body.textContent.includes("shape: (") && indexes === 0;
  const columns = names.slice(indexes).map((name, at) => ({ name, dtype: polars ? (second[at] ?? "") : "" }));
  if (!polars && heads.length === 2 && second.slice(indexes).some((name) => name !== "")) return undefined;
  if (all.some((row) => row.length !== names.length)) return undefined;
  table.remove();
  for (const style of body.querySelectorAll("style")) style.remove();
  return {
    columns,
    index: all.map((row) => row.slice(0, indexes).join(" ")),
    rows: all.map((row) => row.slice(indexes)),
    note: body.textContent.trim(),
  };
}

function cellTexts(row: Element): string[] {
  return [...row.querySelectorAll("th, td")].map((cell) => cell.textContent.trim());
}

class HtmlTable implements TableSource {
  constructor(private readonly table: ParsedFrame) {}

  load(query: TableQuery): Promise<TableResult> {
    const { columns, index, rows } = this.table;
    const order = selectRows(rows, query.sort, query.filters);
    const page = order.slice(query.start, query.start + query.count);
    const last = query.firstColumn + query.columns;
    return Promise.resolve({
      kind: "html",
      columns: columns.slice(query.firstColumn, last),
      index: page.map((row) => index[row] ?? ""),
      rows: page.map((row) => (rows[row] ?? []).slice(query.firstColumn, last)),
      start: query.start,
      firstColumn: query.firstColumn,
      totalRows: rows.length,
      filteredRows: order.length,
      totalColumns: columns.length,
      can: ["sort", "filter", "summary", "export"],
    });
  }

  summary(column: number): Promise<TableSummaryResult> {
    const name = this.table.columns[column]?.name ?? "";
    return Promise.resolve(summarizeColumn(name, this.table.rows.map((row) => row[column] ?? "")));
  }

  export(query: TableQuery, format: ExportFormat): Promise<TableExportResult> {
    const { columns, rows } = this.table;
    const order = selectRows(rows, query.sort, query.filters);
    const chosen = order.map((row) => rows[row] ?? []);
    return Promise.resolve({ text: exportRows(columns.map((column) => column.name), chosen, format) });
  }
}
