/**
 * Sorts, filters, summarizes and exports rows of text, for tables that are given as HTML.
 *
 * The kernel does the same for tables that it serves.
 */

import type { HistogramBin, TableFilter, TableSort, TableSummaryResult, TopValue } from "../protocol";

/** Parse the text of a cell as a number. Return undefined if it is not one. */
export function parseNumber(text: string): number | undefined {
  const bare = text.trim().replace(/(?<=\d)[,_ ](?=\d{3}\b)/g, "");
  if (bare === "") return undefined;
  const value = Number(bare.replace(/^([+-]?)(.+)%$/, "$1$2"));
  return Number.isNaN(value) ? undefined : value;
}

export function isMissing(text: string): boolean {
  return /^\s*$|^(nan|nat|none|null|<na>)$/i.test(text);
}

/** Return the indexes of the rows that meet all filters, sorted. */
export function selectRows(
  rows: readonly (readonly string[])[],
  sort: readonly TableSort[],
  filters: readonly TableFilter[],
): number[] {
  const numbers = rows.map((_row, index) => index);
  const left = numbers.filter((index) =>
    filters.every((filter) => meetsFilter(rows[index]?.[filter.column] ?? "", filter)),
  );
  if (sort.length === 0) return left;
  return left.sort((one, other) => {
    for (const { column, descending } of sort) {
      const order = compareTexts(rows[one]?.[column] ?? "", rows[other]?.[column] ?? "", descending ?? false);
      if (order !== 0) return order;
    }
    return one - other;
  });
}

/** Compare two cells. Missing values are last in both directions. */
function compareTexts(one: string, other: string, descending: boolean): number {
  const missing = Number(isMissing(one)) - Number(isMissing(other));
  if (missing !== 0) return missing;
  const [first, second] = [parseNumber(one), parseNumber(other)];
  const order =
    first !== undefined && second !== undefined ? first - second : one.localeCompare(other, "en", { numeric: true });
  return descending ? -order : order;
}

function meetsFilter(text: string, { operator, value = "" }: TableFilter): boolean {
  if (operator === "null") return isMissing(text);
  if (operator === "notNull") return !isMissing(text);
  if (operator === "contains") return text.toLowerCase().includes(value.toLowerCase());
  const [left, right] = [parseNumber(text), parseNumber(value)];
  const order =
    left !== undefined && right !== undefined ? left - right : text.localeCompare(value, "en", { numeric: true });
  if (operator === "ne") return order !== 0;
  if (isMissing(text)) return false;
  switch (operator) {
    case "eq":
      return order === 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
    case "gt":
      return order > 0;
    default:
      return order >= 0;
  }
}

const BINS = 12;
const TOP = 8;

/** Return the summary of a column of text. */
export function summarizeColumn(name: string, values: readonly string[]): TableSummaryResult {
  const present = values.filter((value) => !isMissing(value));
  const numbers = present.map(parseNumber).filter((value) => value !== undefined);
  const base = {
    name,
    dtype: "",
    rows: values.length,
    nulls: values.length - present.length,
    distinct: new Set(present).size,
  };
  if (numbers.length === 0 || numbers.length < present.length) return { ...base, top: topValues(present) };
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const format = (value: number): string => String(Number(value.toPrecision(6)));
  return { ...base, min: format(low), max: format(high), mean: format(mean), histogram: histogram(numbers, low, high) };
}

function histogram(numbers: readonly number[], low: number, high: number): HistogramBin[] {
  if (low === high || !Number.isFinite(high - low)) return [{ low, high, count: numbers.length }];
  const width = (high - low) / BINS;
  const bins = Array.from({ length: BINS }, (_bin, index) => ({
    low: low + index * width,
    high: low + (index + 1) * width,
    count: 0,
  }));
  for (const value of numbers) {
    const bin = bins[Math.min(BINS - 1, Math.floor((value - low) / width))];
    if (bin !== undefined) bin.count += 1;
  }
  return bins;
}

function topValues(values: readonly string[]): TopValue[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort((one, other) => other[1] - one[1]);
  return sorted.slice(0, TOP).map(([value, count]) => ({ value, count }));
}

/** Return names without doubles: a later one gets a number, such as `a.1`. */
function uniqueNames(names: readonly string[]): string[] {
  const given = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 1; seen.has(unique) || (unique !== name && given.has(unique)); number += 1) {
      unique = `${name}.${number}`;
    }
    seen.add(unique);
    return unique;
  });
}

/** Return rows with their column names in a file format. */
export function exportRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  format: "csv" | "tsv" | "json",
): string {
  if (format === "json") {
    const keys = uniqueNames(head);
    const records = rows.map((row) => Object.fromEntries(keys.map((name, index) => [name, row[index] ?? ""])));
    return JSON.stringify(records, null, 1);
  }
  const [separator, special] = format === "csv" ? [",", /[",\n\r]/] : ["\t", /["\t\n\r]/];
  const field = (text: string): string => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...rows].map((row) => `${row.map(field).join(separator)}\n`).join("");
}
