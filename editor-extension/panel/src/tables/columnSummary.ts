/** Draws the summary of a column. */

import { h } from "../dom";
import type { HistogramBin, TableSummaryResult, TopValue } from "../protocol";

export function drawSummary(summary: TableSummaryResult): HTMLElement {
  const facts: [string, string | number | undefined][] = [
    ["rows", summary.rows],
    ["missing", summary.nulls],
    ["distinct", summary.distinct],
    ["min", summary.min],
    ["mean", summary.mean],
    ["max", summary.max],
  ];
  const list = h("dl", {});
  for (const [name, value] of facts) {
    if (value === undefined || value === "") continue;
    const words = typeof value === "number" ? value.toLocaleString("en") : shortenNumber(value);
    list.append(h("dt", {}, name), h("dd", {}, words));
  }
  const sampled = summary.sampled === undefined ? null : `Based on ${summary.sampled.toLocaleString("en")} of the rows.`;
  return h(
    "div",
    {},
    h("h3", {}, summary.name, h("span", { className: "dtype" }, ` ${summary.dtype}`)),
    list,
    summary.histogram !== undefined && summary.histogram.length > 0 && drawHistogram(summary.histogram),
    summary.top !== undefined && summary.top.length > 0 && drawTopValues(summary.top, summary.rows),
    h("p", { className: "table-note" }, summary.message ?? sampled ?? ""),
  );
}

/** Shorten a number with many digits. Other values are unchanged. */
function shortenNumber(value: string): string {
  return /^-?\d+\.\d{6,}$/.test(value) ? String(Number(Number(value).toPrecision(8))) : value;
}

function drawHistogram(bins: readonly HistogramBin[]): HTMLElement {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const format = (value: number): string => String(Number(value.toPrecision(4)));
  const drawn = bins.map((bin) => {
    const bar = h("span", { className: "bar", title: `${format(bin.low)} to ${format(bin.high)}: ${bin.count}` });
    bar.style.height = `${bin.count === 0 ? 0 : Math.max(2, (100 * bin.count) / most)}%`;
    return bar;
  });
  const [first, last] = [bins[0], bins.at(-1)];
  const ends = h("div", { className: "bar-ends" }, h("span", {}, format(first?.low ?? 0)), h("span", {}, format(last?.high ?? 0)));
  const chart = h("div", { className: "histogram", aria: { role: "img", label: "Histogram" } }, ...drawn);
  return h("div", {}, chart, ends);
}

function drawTopValues(top: readonly TopValue[], rows: number): HTMLElement {
  const most = Math.max(1, top[0]?.count ?? 1);
  const drawn = top.map(({ value, count }) => {
    const bar = h("span", { className: "top-bar" });
    bar.style.width = `${(100 * count) / most}%`;
    const share = `${((100 * count) / Math.max(1, rows)).toFixed(0)} %`;
    return h("li", { title: `${count.toLocaleString("en")} of ${rows.toLocaleString("en")} (${share})` }, bar, h("span", { className: "top-value" }, value), h("span", { className: "top-count" }, count.toLocaleString("en")));
  });
  return h("ol", { className: "top-values" }, ...drawn);
}
