/**
 * Converts outputs: from the server's messages and from notebook files to VS Code, and back to files.
 */
import * as vscode from "vscode";
import { safeMarkdown } from "../../../panel/src/links";
import type { Output, RichOutput, Run, TracebackFrame } from "../protocol.gen";
import type { OutputMetadata } from "./notebookTypes";

const STDOUT = "application/vnd.code.notebook.stdout";
const STDERR = "application/vnd.code.notebook.stderr";
const ERROR = "application/vnd.code.notebook.error";
const MARKDOWN = "text/markdown";

/** MIME types of binary data: base64 in messages and files, bytes in VS Code. */
const BINARY = /^(image\/(?!svg)|application\/pdf$|audio\/|video\/)/;

type Json = Record<string, unknown>;

/** Convert an output of a run for VS Code. */
export function toCellOutput(output: Output, run: Run): vscode.NotebookCellOutput {
  const metadata: OutputMetadata = { run: run.id };
  if (output.kind === "stream") {
    const gap = `\n… ${output.chars - output.text.length - (output.tail?.length ?? 0)} characters are not shown here …\n`;
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

/** Keep the original Markdown if it is shown in a changed form: files get the original. */
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
  // Name the parts that were too large to send, so that nothing is missing silently.
  const omitted = Object.entries(output.omitted ?? {}).map(([mime, size]) =>
    toTextItem(`${mime}, ${size.toLocaleString("en")} characters, is not shown here.`, "text/plain"),
  );
  return items.length > 0 ? items : omitted;
}

function formatFrames(frames: readonly TracebackFrame[]): string {
  return frames.map((frame) => `  ${frame.name} ${frame.uri ?? ""}`).join("\n");
}

/** Convert an output of a notebook file for VS Code. `stored` is its index in the cell. */
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
  // VS Code renders Markdown itself, and would load the resources that it names.
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

/** The outputs of a cell for the file. */
export interface FileOutputs {
  /** Outputs in the format of notebook files; undefined if the file has the same outputs already. */
  outputs?: Json[];
  run: string;
}

/** Convert the outputs of a cell for the file, which has `stored` outputs of the cell. */
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
