/**
 * Draws data frames that are given as HTML (pandas, polars) as tables to sort and filter.
 *
 * Only the text of the cells is used. The HTML itself is not added to the page.
 */

import { h } from "../dom";
import type { TableColumn, TableExportResult, TableResult, TableSummaryResult } from "../protocol";
import type { DrawnOutput, OutputContext } from "../render/types";
import { selectRows, exportRows, summarizeColumn } from "./textRows";
import type { TableQuery, TableSource, TextFormat } from "./tableSource";
import { TableView } from "./tableView";

interface ParsedFrame {
  columns: TableColumn[];
  index: string[];
  rows: string[][];
  /** The text of pandas and polars below or above the table, such as `3 rows × 2 columns`. */
  note: string;
}

/** Draw the HTML of a data frame as a table. Return undefined for other HTML. */
export function drawHtmlTable(html: string, around: OutputContext): DrawnOutput | undefined {
  const parsed = parseFrame(html);
  if (parsed === undefined) return undefined;
  const view = new TableView(new HtmlTable(parsed), {
    save: (name, data, encoding) => around.save(name, data, encoding),
    drawn: () => around.drawn(),
    compact: true,
  });
  const note = parsed.note === "" ? null : h("div", { className: "table-note" }, parsed.note);
  return { element: h("div", { className: "local-table" }, view.element, note), attached: () => view.attached() };
}

/** Parse the HTML of a data frame. Return undefined if it is not a plain one. */
export function parseFrame(html: string): ParsedFrame | undefined {
  if (!/<table[^>]*\bclass="[^"]*\bdataframe\b/.test(html)) return undefined;
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const tables = body.querySelectorAll("table");
  const table = tables[0];
  if (table === undefined || tables.length > 1) return undefined;
  // Styled data frames, several levels and cells with more than text are drawn as HTML.
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
  readonly formats = ["csv", "tsv", "json"] as const;

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
      operations: ["sort", "filter", "summary", "export"],
    });
  }

  summary(column: number): Promise<TableSummaryResult> {
    const name = this.table.columns[column]?.name ?? "";
    return Promise.resolve(summarizeColumn(name, this.table.rows.map((row) => row[column] ?? "")));
  }

  export(query: TableQuery, format: TextFormat): Promise<TableExportResult> {
    const { columns, rows } = this.table;
    const order = selectRows(rows, query.sort, query.filters);
    const chosen = order.map((row) => rows[row] ?? []);
    return Promise.resolve({ text: exportRows(columns.map((column) => column.name), chosen, format) });
  }
}
