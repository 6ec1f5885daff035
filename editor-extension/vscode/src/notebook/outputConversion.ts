/**
 * Outputs as VS Code holds them: from the server's messages, from notebook files, and back to files.
 *
 * Owns the conversion only.
 */
import * as vscode from "vscode";
import { safeMarkdown } from "../../../panel/src/links";
import type { Output, RichOutput, Run, TracebackFrame } from "../protocol.gen";
import type { OutputMetadata } from "./notebookTypes";

const STDOUT = "application/vnd.code.notebook.stdout";
const STDERR = "application/vnd.code.notebook.stderr";
const ERROR = "application/vnd.code.notebook.error";
const MARKDOWN = "text/markdown";

/** Binary data is base64 in messages and files, and bytes in VS Code. */
const BINARY = /^(image\/(?!svg)|application\/pdf$|audio\/|video\/)/;

type Json = Record<string, unknown>;

/** Return what a run put out, at place `index`, as VS Code shows it. */
export function toCellOutput(output: Output, run: Run): vscode.NotebookCellOutput {
  const metadata: OutputMetadata = { run: run.id };
  if (output.kind === "stream") {
    const gap = `\n… ${output.chars - output.text.length - (output.tail?.length ?? 0)} characters are left out here …\n`;
    const text = output.tail === undefined ? output.text : `${output.text}${gap}${output.tail}`;
    metadata.output = { output_type: "stream", name: output.name };
    return newCellOutput([toTextItem(text, output.name === "stderr" ? STDERR : STDOUT)], metadata);
  }
  if (output.kind === "error") {
    metadata.output = { output_type: "error" };
    const stack = (output.traceback ?? []).join("\n") || formatFrames(output.frames ?? []);
    const data = { name: output.name, message: output.message, stack };
    return newCellOutput([toTextItem(JSON.stringify(data), ERROR)], metadata);
  }
  return newCellOutput(itemsOf(output), { ...metadata, ...markdownSource(output.data), output: outputType(output) });
}

/** Keep Markdown as it was written, where it is shown otherwise: files get it so. */
function markdownSource(data: Json): Pick<OutputMetadata, "markdown"> {
  const markdown = textOf(data[MARKDOWN]);
  return safeMarkdown(markdown) === markdown ? {} : { markdown };
}

function outputType(output: RichOutput): Json {
  const metadata = output.metadata ?? {};
  return output.kind === "result"
    ? { output_type: "execute_result", execution_count: output.count ?? null, metadata }
    : { output_type: "display_data", metadata };
}

function itemsOf(output: RichOutput): vscode.NotebookCellOutputItem[] {
  const items = Object.entries(output.data).map(([mime, content]) => toOutputItem(mime, content));
  // A part that is too large to come unasked is told of, so that nothing is missing unsaid.
  const omitted = Object.entries(output.omitted ?? {}).map(([mime, size]) =>
    toTextItem(`${mime}, ${size.toLocaleString("en")} characters, is not shown here.`, "text/plain"),
  );
  return items.length > 0 ? items : omitted;
}

function formatFrames(frames: readonly TracebackFrame[]): string {
  return frames.map((frame) => `  ${frame.name} ${frame.uri ?? ""}`).join("\n");
}

/** Return an output of a notebook file, at place `stored` of its cell, as VS Code shows it. */
export function toStoredCellOutput(output: Json, stored: number): vscode.NotebookCellOutput {
  const { output_type: kind } = output;
  if (kind === "stream") {
    const mime = output.name === "stderr" ? STDERR : STDOUT;
    return newCellOutput([toTextItem(textOf(output.text), mime)], { stored });
  }
  if (kind === "error") {
    const stack = Array.isArray(output.traceback) ? output.traceback.join("\n") : "";
    const data = { name: textOf(output.ename), message: textOf(output.evalue), stack };
    return newCellOutput([toTextItem(JSON.stringify(data), ERROR)], { stored });
  }
  const data = (output.data ?? {}) as Json;
  const items = Object.entries(data).map(([mime, content]) => toOutputItem(mime, content));
  return newCellOutput(items, { stored, ...markdownSource(data) });
}

function newCellOutput(
  items: vscode.NotebookCellOutputItem[],
  metadata: OutputMetadata,
): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput(items, { ...metadata });
}

function toOutputItem(mime: string, content: unknown): vscode.NotebookCellOutputItem {
  if (BINARY.test(mime) && (typeof content === "string" || Array.isArray(content))) {
    return new vscode.NotebookCellOutputItem(Buffer.from(textOf(content), "base64"), mime);
  }
  const isText = typeof content === "string" || (Array.isArray(content) && !mime.endsWith("json"));
  const text = isText ? textOf(content) : JSON.stringify(content);
  // VS Code draws Markdown by itself, and would load what it names.
  return toTextItem(mime === MARKDOWN ? safeMarkdown(text) : text, mime);
}

function toTextItem(text: string, mime: string): vscode.NotebookCellOutputItem {
  return vscode.NotebookCellOutputItem.text(text, mime);
}

function textOf(content: unknown): string {
  if (Array.isArray(content)) {
    return content.map(textOf).join("");
  }
  return typeof content === "string" ? content : "";
}

/** What a cell's outputs are for the file. */
export interface FileOutputs {
  /** As notebook files hold them; undefined for those that the file holds already. */
  outputs?: Json[];
  run: string;
}

/** Return what is to be written of a cell's outputs, of which the file holds `stored`. */
export function toFileOutputs(outputs: readonly vscode.NotebookCellOutput[], stored: number): FileOutputs {
  const metadata = outputs.map((output) => (output.metadata ?? {}) as OutputMetadata);
  if (outputs.length === stored && metadata.every((one, at) => one.stored === at)) {
    return { run: "" };
  }
  return { run: metadata[0]?.run ?? "", outputs: outputs.map(toFileOutput) };
}

function toFileOutput(output: vscode.NotebookCellOutput): Json {
  const { output: known = {}, markdown } = (output.metadata ?? {}) as OutputMetadata;
  const first = output.items[0];
  const text = (one: vscode.NotebookCellOutputItem) => Buffer.from(one.data).toString("utf8");
  if (first?.mime === STDOUT || first?.mime === STDERR) {
    const name = first.mime === STDOUT ? "stdout" : "stderr";
    return { name, output_type: "stream", text: output.items.map(text).join("") };
  }
  if (first?.mime === ERROR) {
    const error = JSON.parse(text(first)) as Record<string, string | undefined>;
    const traceback = (error.stack ?? "").split("\n");
    return { ename: error.name ?? "", evalue: error.message ?? "", output_type: "error", traceback };
  }
  const data = Object.fromEntries(output.items.map((one) => [one.mime, toFileContent(one, text(one))]));
  if (markdown !== undefined && MARKDOWN in data) {
    data[MARKDOWN] = markdown;
  }
  return { metadata: {}, output_type: "display_data", ...known, data };
}

function toFileContent(one: vscode.NotebookCellOutputItem, text: string): unknown {
  if (BINARY.test(one.mime)) {
    return Buffer.from(one.data).toString("base64");
  }
  return one.mime.endsWith("json") ? (JSON.parse(text) as unknown) : text;
}
