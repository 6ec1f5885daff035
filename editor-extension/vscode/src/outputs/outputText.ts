/**
 * Summaries of runs and outputs as plain text.
 *
 * Owns their wording. It must not import VS Code, so that its tests need none.
 */
import { activeEscapes, stripEscapes } from "../../../panel/src/text/ansi";
import type { Output, RichOutput, Run, TextOutput } from "../protocol.gen";

/** The status of a run, for colours and icons. */
export type RunStatus = "queued" | "running" | "waiting" | "ok" | "error" | "muted" | "stale";

/** Return the status of a run. */
export function runStatus(run: Run, fresh: boolean): RunStatus {
  switch (run.state) {
    case "queued":
      return "queued";
    case "running":
      return run.waiting ? "waiting" : "running";
    case "ok":
      return fresh ? "ok" : "stale";
    case "error":
      return run.interrupted ? "muted" : fresh ? "error" : "stale";
    case "lost":
      return fresh ? "error" : "stale";
    case "cancelled":
      return "muted";
  }
}

/** Format a duration in seconds. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.1) {
    return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 59.5) {
    return `${Math.round(seconds)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Return the duration of a run; empty while it is running. */
export function runDuration(run: Run): string {
  return run.startedAt !== undefined && run.endedAt !== undefined
    ? formatDuration(Math.max(0, run.endedAt - run.startedAt))
    : "";
}

/** Format a number of bytes. */
export function formatBytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** Return text without ANSI escapes, with LF line ends. */
export function plainText(text: string): string {
  return stripEscapes(text).replace(/\r\n/g, "\n");
}

/** Return the plain text of an output; empty if it has none. */
export function textOf(output: Output): string {
  switch (output.kind) {
    case "stream":
      return plainText(output.tail === undefined ? output.text : `${output.text}\n…\n${output.tail}`);
    case "error":
      return output.message === "" ? output.name : `${output.name}: ${output.message}`;
    default: {
      const text = plainText(stringOf(output.data["text/plain"]));
      return STAND_IN.test(text) ? "Vega chart" : text;
    }
  }
}

/** Altair's text in place of a chart. It reports that no renderer shows the chart, but the panel does. */
const STAND_IN = /^<Vega\w* \d+ object>/;

/** Return true if only a page with scripts can draw the output, such as an interactive plot. */
export function needsPage(output: RichOutput): boolean {
  const mimes = Object.keys({ ...output.data, ...output.omitted });
  const html = stringOf(output.data["text/html"]);
  return mimes.some((mime) => /^application\/vnd\.(plotly|vega)/.test(mime)) || /<script\b/i.test(html);
}

/** Return a MIME part as a string: notebooks store long ones as lists of lines. */
export function stringOf(part: unknown): string {
  if (typeof part === "string") {
    return part;
  }
  return Array.isArray(part) ? part.map(stringOf).join("") : "";
}

const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp"];

/** Return the MIME type of an output's image, if it has one. */
export function imageType(output: Output): string | undefined {
  if (output.kind === "stream" || output.kind === "error") {
    return undefined;
  }
  const has = (type: string) => type in output.data || type in (output.omitted ?? {});
  return IMAGE_TYPES.find(has);
}

/**
 * Return the summary of a run for the end of the cell's last line; may be empty. `stop` is the place at
 * which running code has stopped, in words.
 */
export function summarizeRun(run: Run, outputs: readonly Output[], limit: number, stop = ""): string {
  const last = outputs.at(-1);
  if (run.state === "queued") {
    return "queued";
  }
  if (run.waiting) {
    return `waits for input: ${run.waiting.prompt || "input()"}`;
  }
  if (run.state === "cancelled" || run.state === "lost") {
    return truncate(run.note ?? (run.state === "lost" ? "the kernel was lost" : "cancelled"), limit);
  }
  if (run.interrupted) {
    return "interrupted";
  }
  const summary = last !== undefined ? summarizeOutput(last, limit) : run.exitCode === 0 ? "exited" : "";
  if (run.state === "running") {
    const state = stop === "" ? "running …" : stop;
    return summary === "" ? state : `${truncate(summary, limit)} ${stop === "" ? "…" : `· ${stop}`}`;
  }
  const more = outputs.length > 1 && summary !== "" ? `  (+${outputs.length - 1})` : "";
  return summary === "" ? "" : truncate(summary, limit) + more;
}

function summarizeOutput(output: Output, limit: number): string {
  const image = imageType(output);
  if (image !== undefined && output.kind !== "stream" && output.kind !== "error") {
    return describeSize(output) ?? `image (${image.slice("image/".length).replace("+xml", "")})`;
  }
  if (output.kind === "stream") {
    const lines = plainText(output.tail ?? output.text).trimEnd().split("\n");
    const end = (lines.at(-1) ?? "").split("\r").at(-1)?.trim() ?? "";
    return output.lines > 1 ? `${truncate(end, limit)}  (${output.lines} lines)` : end;
  }
  const lines = textOf(output).trim().split("\n");
  const first = (lines[0] ?? "").trim();
  return lines.length > 1 ? `${truncate(first, limit)} …  (${lines.length} lines)` : first;
}

/** Describe the size of an image, such as `image 640 × 480`. */
function describeSize(output: RichOutput): string | undefined {
  const size = pngSize(output);
  return size && `image ${size.width} × ${size.height}`;
}

/** Return the size of a PNG; undefined for other formats. */
export function pngSize(output: RichOutput): { width: number; height: number } | undefined {
  const png = stringOf(output.data["image/png"]);
  const head = Buffer.from(png.slice(0, 44), "base64");
  return head.length >= 24 && head.toString("latin1", 1, 4) === "PNG"
    ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
    : undefined;
}

const SEGMENTER = new Intl.Segmenter();

/** Return text on one line, with at most `limit` characters. */
export function truncate(text: string, limit: number): string {
  // Without control characters and marks for the direction of text.
  const line = text.replace(/\s+/g, " ").replace(/[\p{Cc}\u061c\u202a-\u202e\u2066-\u2069]/gu, "�");
  const kept: string[] = [];
  for (const { segment, index } of SEGMENTER.segment(line)) {
    if (kept.length === limit - 1 && index + segment.length < line.length) {
      return `${kept.join("")}…`;
    }
    kept.push(segment);
  }
  return line;
}

/** Return a heading for outputs that are longer than a line. */
export function describeOutputs(outputs: readonly Output[]): string {
  const failed = outputs.find((output) => output.kind === "error");
  if (failed) {
    return truncate(textOf(failed), 120);
  }
  const [only] = outputs;
  if (only === undefined) {
    return "no output";
  }
  if (outputs.length > 1) {
    return `${outputs.length} outputs`;
  }
  if (only.kind === "stream") {
    return only.name === "stderr" ? `${only.lines} lines on stderr` : `${only.lines} lines`;
  }
  if (only.kind === "error") {
    return textOf(only);
  }
  if (imageType(only) !== undefined) {
    return describeSize(only) ?? "image";
  }
  const inText = /\[(\d+) rows x (\d+) columns\]\s*$/.exec(textOf(only))?.slice(1) ?? [];
  const shape = only.shape !== undefined && only.shape.length > 0 ? only.shape : inText;
  const table = shape.length > 0 ? `table, ${shape.join(" × ")}` : "table";
  return stringOf(only.data["text/html"]).includes("<table") ? table : "result";
}

/** Return true if the outputs fit at the end of a line of code. */
export function fitsOneLine(outputs: readonly Output[], limit: number): boolean {
  const only = outputs[0];
  if (only === undefined) {
    return true;
  }
  if (outputs.length > 1 || only.kind === "error" || imageType(only) !== undefined) {
    return false;
  }
  if (only.kind !== "stream" && ("text/html" in only.data || "text/latex" in only.data)) {
    return textOf(only).trim().split("\n").length === 1 && !("text/html" in only.data);
  }
  const text = textOf(only).trim();
  return !text.includes("\n") && text.length <= limit;
}

/** Return the last lines of a stream with their colours, and the number of lines before them. */
export function lastLines(output: TextOutput, limit: number): { lines: string[]; before: number } {
  const lines = trimBlankEnd((output.tail ?? output.text).replace(/\r\n/g, "\n").split("\n"));
  const shown = lines.slice(-limit);
  const all = output.tail === undefined ? lines.length : Math.max(output.lines, lines.length);
  const earlier = lines.slice(0, lines.length - shown.length).join("\n");
  shown[0] = activeEscapes(earlier) + (shown[0] ?? "");
  return { lines: shown, before: all - shown.length };
}

/** Return lines without the blank ones at the end. */
export function trimBlankEnd(lines: readonly string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => plainText(line).trim() !== "") + 1);
}
