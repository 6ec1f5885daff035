/**
 * The outputs of a cell as Markdown for a zone under the cell.
 *
 * Owns the limits of a zone: VS Code truncates Markdown at 100,000 characters, and a zone taller than the
 * window is not useful. The panel shows everything.
 *
 * Invariant: Markdown with links to commands contains no Markdown and no HTML of an output.
 */
import * as vscode from "vscode";
import { safeMarkdown } from "../../../panel/src/links";
import { activeEscapes, hasStyles } from "../../../panel/src/text/ansi";
import type { Output, RichOutput, TextOutput } from "../protocol.gen";
import type { CellPlace } from "../panel/panel";
import type { KnownCell } from "../scripts/scriptCells";
import { extensionSettings } from "../extensionSettings";
import { ansiToHtml } from "./ansiHtml";
import { formatTables } from "./htmlTables";
import type { ImageFiles, OutputPlace } from "./imageFiles";
import { formOf, plainText } from "./outputForms";
import { capitalize, lastLines, textOf, trimBlankEnd } from "./outputText";

/** Maximum characters of Markdown in one zone. */
const CHARACTER_LIMIT = 95_000;

/** Maximum lines of a traceback. */
const TRACEBACK_LIMIT = 40;

/** Maximum height of an image in pixels: a default figure has its own size, and the code stays visible. */
const IMAGE_HEIGHT = 480;

/** The commands that open an output elsewhere. Their argument is a `CellPlace`, or the thread of the zone. */
export const OPEN_COMMANDS = { panel: "cellbridge.showOutputInPanel", browser: "cellbridge.showOutputInBrowser" } as const;

/** Return the Markdown for the zone of a cell. */
export function toMarkdown(uri: vscode.Uri, cell: KnownCell, images: ImageFiles): vscode.MarkdownString {
  const made = new vscode.MarkdownString("", false);
  made.supportHtml = true;
  const foreign = cell.outputs.some(hasMarkup);
  made.isTrusted = foreign ? false : { enabledCommands: Object.values(OPEN_COMMANDS) };
  const way = foreign ? "*“Show Outputs in Panel” draws this output.*" : openLinks({ uri: uri.toString(), cell: cell.id });
  // The caption of the zone has the name of an only output.
  const elsewhere = (name: string) => (cell.outputs.length === 1 ? way : `**${escape(capitalize(name))}** · ${way}`);
  let room = CHARACTER_LIMIT;
  for (const [index, output] of cell.outputs.entries()) {
    const place = { uri: uri.toString(), run: cell.run?.id ?? "", output: index };
    const part = formatOutput(output, images, place, elsewhere);
    if (part.length > room) {
      made.appendMarkdown("\n\n*The panel shows the rest.*");
      break;
    }
    if (part !== "") made.appendMarkdown(`${part}\n\n`);
    room -= part.length;
  }
  if (cell.run?.note) {
    made.appendMarkdown("*").appendText(cell.run.note).appendMarkdown("*");
  }
  return made;
}

/** Return true if an output is shown as its own Markdown or HTML. */
function hasMarkup(output: Output): boolean {
  return output.kind !== "stream" && output.kind !== "error" && ["markdown", "html"].includes(formOf(output).kind);
}

/** Return links that open the output of a cell in the panel and in a browser. */
function openLinks(place: CellPlace): string {
  const argument = encodeURIComponent(JSON.stringify([place])).replace(/[()']/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `[Open in Panel](command:${OPEN_COMMANDS.panel}?${argument}) · [Open in Browser](command:${OPEN_COMMANDS.browser}?${argument})`;
}

function formatOutput(
  output: Output,
  images: ImageFiles,
  place: OutputPlace,
  elsewhere: (name: string) => string,
): string {
  const lines = extensionSettings().maxLines;
  if (output.kind === "stream") return formatStream(output, lines);
  if (output.kind === "error") {
    return formatText(formatTraceback(output.traceback ?? []) || textOf(output));
  }
  const form = formOf(output);
  switch (form.kind) {
    case "image":
      return join(formatImage(output, form.mime, images, place), form.name && elsewhere(form.name));
    case "interactive":
      return join(form.text && formatHead(form.text, lines, "text"), elsewhere(form.name));
    case "markdown":
      return safeMarkdown(form.text);
    case "html":
      // In an element, so that the text is not read as Markdown.
      return `<div>${safeMarkdown(formatTables(form.html))}</div>`;
    case "text":
      return formatHead(form.text, lines, form.language);
    case "nothing":
      return "";
  }
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join("\n\n");
}

/** Return text so that Markdown shows it as it is. */
function escape(text: string): string {
  return text.replace(/[\\`*_[\]<>&]/g, "\\$&");
}

function formatStream(output: TextOutput, limit: number): string {
  const { lines: shown, before } = lastLines(output, limit);
  const more = before > 0 ? `*… ${before} ${before === 1 ? "line" : "lines"} above*\n\n` : "";
  return more + formatText(shown.map((line) => line.split("\r").at(-1) ?? "").join("\n"));
}

/** Return the last lines of a traceback with their colours, without IPython's rule above it. */
function formatTraceback(parts: readonly string[]): string {
  const lines = trimBlankEnd(parts.join("\n").replace(/\r\n/g, "\n").split("\n"));
  if (/^-+$/.test(plainText(lines[0] ?? ""))) {
    lines.shift();
  }
  const shown = lines.slice(-TRACEBACK_LIMIT);
  return activeEscapes(lines.slice(0, -TRACEBACK_LIMIT).join("\n")) + shown.join("\n");
}

/** Return an image at its own size, as a link that opens it. Only tall images are scaled down. */
function formatImage(output: RichOutput, mime: string, images: ImageFiles, place: OutputPlace): string {
  const image = images.imageOf(output, mime, place);
  if (typeof image === "string") return `*${image}*`;
  const file = image.file.toString();
  const scale = Math.min(1, IMAGE_HEIGHT / (image.size?.height ?? IMAGE_HEIGHT));
  // Only the width is given: the height then follows when VS Code narrows the image.
  const length = image.size === undefined ? `height=${IMAGE_HEIGHT}` : `width=${Math.max(1, Math.round(image.size.width * scale))}`;
  return `[![image](${file}|${length})](${file} "Open Image")`;
}

/** Return the first lines of a text, and the number of the others. */
function formatHead(text: string, limit: number, language: string): string {
  const lines = trimBlankEnd(text.replace(/\r\n/g, "\n").split("\n"));
  const rest = lines.length - limit;
  const more = rest > 0 ? `*… ${rest} more ${rest === 1 ? "line" : "lines"}*` : "";
  return join(formatText(lines.slice(0, limit).join("\n"), language), more);
}

/** Return text as a preformatted block, with its colours. */
function formatText(text: string, language = "text"): string {
  // HTML only if necessary: screen readers read the Markdown source.
  return hasStyles(text) ? `<pre>${ansiToHtml(text)}</pre>` : fence(plainText(text), language);
}

/** Return text in a code fence that is longer than any fence in the text. */
function fence(text: string, language: string): string {
  const ticks = text.match(/`{3,}/g)?.reduce((a, b) => (a.length > b.length ? a : b), "") ?? "``";
  return `${ticks}\`${language}\n${text}\n${ticks}\``;
}
