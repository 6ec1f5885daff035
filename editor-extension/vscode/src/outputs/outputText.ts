/**
 * Summaries of runs and outputs as plain text.
 *
 * Owns their wording. It must not import VS Code, so that its tests need none.
 */
import { activeEscapes } from "../../../panel/src/text/ansi";
import type { Output, RichOutput, Run, TextOutput } from "../protocol.gen";
import { imageSize } from "./imageSize";
import { formOf, plainText, stringOf } from "./outputForms";

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

/** Return the text of an output for a line or more; empty if it shows nothing. */
export function textOf(output: Output): string {
  switch (output.kind) {
    case "stream":
      return plainText(output.tail === undefined ? output.text : `${output.text}\n…\n${output.tail}`);
    case "error":
      return output.message === "" ? output.name : `${output.name}: ${output.message}`;
    default:
      return textOfRich(output);
  }
}

function textOfRich(output: RichOutput): string {
  const form = formOf(output);
  switch (form.kind) {
    case "image":
      return form.name ?? describeImage(output, form.mime);
    case "interactive":
      return form.text === "" ? form.name : `${form.text} (${form.name})`;
    case "html":
      return describeTable(output, form.html) || textOfHtml(form.html);
    case "markdown":
    case "text":
      return plainText(form.text);
    case "nothing":
      return "";
  }
}

/** Describe an image, such as `image 640 × 480`. */
function describeImage(output: RichOutput, mime: string): string {
  const size = imageSize(mime, stringOf(output.data[mime]), output.metadata?.[mime]);
  return size === undefined
    ? `image (${mime.slice("image/".length).replace("+xml", "")})`
    : `image ${Math.round(size.width)} × ${Math.round(size.height)}`;
}

/** Describe a table, such as `table 3 × 2`; empty for other HTML. */
function describeTable(output: RichOutput, html: string): string {
  if (!/<table\b/i.test(html)) return "";
  const plain = plainText(stringOf(output.data["text/plain"]));
  const inText = /\[(\d+) rows x (\d+) columns\]\s*$/.exec(plain)?.slice(1) ?? [];
  const shape = output.shape !== undefined && output.shape.length > 0 ? output.shape : inText;
  return shape.length > 0 ? `table ${shape.join(" × ")}` : "table";
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", amp: "&" };

/** Return the words of HTML without tables. */
function textOfHtml(html: string): string {
  const bare = html.replace(/<[^>]*>/g, " ").replace(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
  return bare.split(/\s+/).filter((word) => word !== "").join(" ");
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
  if (output.kind === "stream") {
    const lines = plainText(output.tail ?? output.text).trimEnd().split("\n");
    const end = (lines.at(-1) ?? "").split("\r").at(-1)?.trim() ?? "";
    return output.lines > 1 ? `${truncate(end, limit)}  (${output.lines} lines)` : end;
  }
  const lines = textOf(output).trim().split("\n");
  const first = (lines[0] ?? "").trim();
  return lines.length > 1 ? `${truncate(first, limit)} …  (${lines.length} lines)` : first;
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

/** Return a text with a capital letter at its start. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Maximum number of outputs that a caption names. */
const CAPTION_PARTS = 3;

/** Return a caption for outputs that are longer than a line; empty if their zone needs none. */
export function captionOf(outputs: readonly Output[]): string {
  const failed = outputs.find((output) => output.kind === "error");
  if (failed) {
    return truncate(textOf(failed), 120);
  }
  const parts = outputs.map(describe).filter((part) => part !== "");
  const more = parts.length > CAPTION_PARTS ? [`${parts.length - CAPTION_PARTS} more`] : [];
  return [...parts.slice(0, CAPTION_PARTS), ...more].join(", ");
}

/** Describe what an output is, if its zone does not show that at once. */
function describe(output: Output): string {
  if (output.kind === "stream") {
    const count = Math.max(output.lines, plainText(output.text).trimEnd().split("\n").length);
    const lines = count === 1 ? "1 line" : `${count} lines`;
    return output.name === "stderr" ? `${lines} on stderr` : count === 1 ? "" : lines;
  }
  if (output.kind === "error") {
    return "";
  }
  const form = formOf(output);
  if (form.kind === "interactive") return capitalize(form.name);
  if (form.kind === "image") return form.name === undefined ? describeImage(output, form.mime) : capitalize(form.name);
  if (form.kind === "html") return describeTable(output, form.html);
  if (form.kind !== "text") return "";
  const count = plainText(form.text).trimEnd().split("\n").length;
  return count === 1 ? "" : `${count} lines`;
}

/** Return true if the outputs fit at the end of a line of code. */
export function fitsOneLine(outputs: readonly Output[], limit: number): boolean {
  const shown = outputs.filter((output) => output.kind === "stream" || output.kind === "error" || formOf(output).kind !== "nothing");
  const only = shown[0];
  if (only === undefined) {
    return true;
  }
  if (shown.length > 1 || only.kind === "error" || (only.kind !== "stream" && formOf(only).kind !== "text")) {
    return false;
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
