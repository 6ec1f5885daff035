/**
 * Tables in the HTML of outputs, in the form in which VS Code draws tables in Markdown well.
 *
 * Owns the alignment and the rules of tables. VS Code keeps `align`, `colspan` and `rowspan` of cells, and no
 * styles: so numbers are aligned by `align`, columns are separated by no-break spaces, and the rule below the
 * head is a row with an `hr`. The contents of cells stay as they are, for `safeMarkdown` to clean. Must not
 * import VS Code, so that its tests need none.
 */

/** Maximum number of rows that are shown of a table. */
export const ROW_LIMIT = 40;

/** Half of the space between two columns. */
const GAP = "&nbsp;&nbsp;";

/** `hr` has margins of half a character: in text this small they are about three pixels. */
const RULE = `${"<small>".repeat(6)}<hr>${"</small>".repeat(6)}`;

/** Maximum columns that one cell can span. */
const SPAN_LIMIT = 1000;

const NUMBER = /^[-+−]?(?:\d[\d,_\u00a0\u202f ]*\.?\d*|\.\d+)(?:e[-+]?\d+)?j?\s*%?$|^[-+]?(?:inf|nan)$/i;
const MISSING = new Set(["", "NaN", "NaT", "<NA>", "&lt;NA&gt;", "None", "null", "...", "…", "⋮", "-", "–"]);

interface Cell {
  head: boolean;
  html: string;
  columns: number;
  rows: number;
  /** The first column that the cell takes. */
  column: number;
}

/** Return HTML with its tables aligned and ruled, with a maximum number of rows. */
export function formatTables(html: string): string {
  let bare = replaceElements(html, /<!--/g, /-->/g, () => "");
  for (const tag of ["style", "script", "head"]) {
    bare = replaceElements(bare, new RegExp(`<${tag}\\b`, "gi"), new RegExp(`</${tag}\\s*>`, "gi"), () => "");
  }
  // A blank line would end the HTML within Markdown.
  return replaceElements(bare, /<table\b/gi, /<\/table\s*>/gi, formatTable).replace(/\n\s*/g, " ").trim();
}

/** Replace each part from a start to the next end. Its time grows with the text only, unlike that of one pattern. */
function replaceElements(text: string, start: RegExp, end: RegExp, replace: (part: string) => string): string {
  const parts: string[] = [];
  let at = 0;
  for (start.lastIndex = 0; ; ) {
    const opened = start.exec(text);
    if (opened === null) break;
    end.lastIndex = start.lastIndex;
    if (end.exec(text) === null) break;
    parts.push(text.slice(at, opened.index), replace(text.slice(opened.index, end.lastIndex)));
    at = start.lastIndex = end.lastIndex;
  }
  return parts.join("") + text.slice(at);
}

function formatTable(table: string): string {
  // Tables within tables keep their form: the end that was found belongs to the inner one.
  if (/<table\b/i.test(table.slice(1))) return table;
  const rows = parseRows(table);
  const count = Math.max(0, ...rows.flat().map((cell) => cell.column + cell.columns));
  if (count === 0) return table;
  const firstBody = rows.findIndex((row) => row.some((cell) => !cell.head));
  const heads = firstBody < 0 ? rows.length : firstBody;
  const body = rows.slice(heads);
  const right = Array.from({ length: count }, (_, column) => isNumeric(body, column));
  const caption = /<caption\b[^>]*>([\s\S]*?)<\/caption\s*>/i.exec(table)?.[1];
  const shown = body.slice(0, ROW_LIMIT);
  const lines = [
    ...rows.slice(0, heads).map((row) => formatRow(row, right, true)),
    ...(heads > 0 && body.length > 0 ? [`<tr><td colspan="${count}">${RULE}</td></tr>`] : []),
    ...shown.map((row) => formatRow(row, right, false)),
  ];
  const rest = body.length > shown.length ? `<p><em>… ${body.length - shown.length} more rows</em></p>` : "";
  const title = caption === undefined ? "" : `<p>${caption}</p>`;
  return `${title}<table>${lines.join("")}</table>${rest}`;
}

/** Return the rows of a table, each cell with its column. */
function parseRows(table: string): Cell[][] {
  /** For each column, the number of further rows that a cell of an earlier row takes. */
  const taken: number[] = [];
  return table
    .split(/<tr\b[^>]*>/i)
    .slice(1)
    .map((row) => {
      const cells: Cell[] = [];
      let column = 0;
      for (const [, tag = "", attributes = "", html = ""] of row.matchAll(
        /<(t[hd])\b([^>]*)>([\s\S]*?)(?=<t[hd]\b|<\/t[hdr]\b|<\/t(?:body|head|foot|able)\b|$)/gi,
      )) {
        while ((taken[column] ?? 0) > 0) column += 1;
        const cell = {
          head: tag.toLowerCase() === "th",
          html: html.trim(),
          columns: span(attributes, "colspan"),
          rows: span(attributes, "rowspan"),
          column,
        };
        cells.push(cell);
        column += cell.columns;
      }
      for (let at = 0; at < taken.length; at += 1) taken[at] = Math.max(0, (taken[at] ?? 0) - 1);
      for (const cell of cells) {
        for (let at = cell.column; at < cell.column + cell.columns; at += 1) taken[at] = cell.rows - 1;
      }
      return cells;
    })
    .filter((cells) => cells.length > 0);
}

function span(attributes: string, name: string): number {
  const value = Number(new RegExp(`\\b${name}\\s*=\\s*["']?(\\d+)`, "i").exec(attributes)?.[1] ?? 1);
  return Math.min(Math.max(value, 1), SPAN_LIMIT);
}

/** Return true if all values of a column are numbers or missing, and at least one is a number. */
function isNumeric(body: readonly Cell[][], column: number): boolean {
  const values = body
    .flat()
    .filter((cell) => cell.column === column && cell.columns === 1)
    .map((cell) => cell.html.replace(/<[^>]*>/g, "").replaceAll("&nbsp;", " ").trim());
  const known = values.filter((value) => !MISSING.has(value));
  return known.length > 0 && known.every((value) => NUMBER.test(value));
}

function formatRow(row: readonly Cell[], right: readonly boolean[], head: boolean): string {
  const cells = row.map((cell) => {
    const align = cell.columns > 1 ? "center" : right[cell.column] ? "right" : "left";
    const spans = `${cell.columns > 1 ? ` colspan="${cell.columns}"` : ""}${cell.rows > 1 ? ` rowspan="${cell.rows}"` : ""}`;
    const tag = head ? "th" : "td";
    return `<${tag} align="${align}"${spans}>${GAP}${cell.html}${GAP}</${tag}>`;
  });
  return `<tr>${cells.join("")}</tr>`;
}
