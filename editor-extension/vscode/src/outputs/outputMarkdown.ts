/**
 * The outputs of a cell as Markdown for a zone under the cell.
 *
 * Owns the limits of a zone: VS Code truncates Markdown at 100,000 characters, and a zone taller than the
 * window is not useful. The panel shows everything.
 */
import * as vscode from "vscode";
import { safeMarkdown } from "../../../panel/src/links";
import { activeEscapes, hasStyles } from "../../../panel/src/text/ansi";
import type { Output, RichOutput } from "../protocol.gen";
import type { KnownCell } from "../scripts/scriptCells";
import { extensionSettings } from "../extensionSettings";
import { ansiToHtml } from "./ansiHtml";
import type { ImageFiles, OutputPlace } from "./imageFiles";
import { lastLines, imageType, needsPage, pngSize, plainText, stringOf, textOf, trimBlankEnd } from "./outputText";

/** Maximum characters of Markdown in one zone. */
const CHARACTER_LIMIT = 95_000;

/** Maximum rows of a table and lines of a traceback. */
const ROW_LIMIT = 40;

/** Maximum height of an image in pixels: a default figure remains readable, and the code visible. */
const IMAGE_HEIGHT = 320;

/** Return the Markdown for the zone of a cell. */
export function toMarkdown(uri: vscode.Uri, cell: KnownCell, pictures: ImageFiles): vscode.MarkdownString {
  const made = new vscode.MarkdownString("", false);
  made.supportHtml = true;
  made.isTrusted = false;
  let room = CHARACTER_LIMIT;
  for (const [index, output] of cell.outputs.entries()) {
    const place = { uri: uri.toString(), run: cell.run?.id ?? "", output: index };
    const part = formatOutput(output, pictures, place);
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

function formatOutput(output: Output, pictures: ImageFiles, place: OutputPlace): string {
  const lines = extensionSettings().maxLines;
  if (output.kind === "stream") {
    const { lines: shown, before } = lastLines(output, lines);
    const more = before > 0 ? `*… ${before} lines above*\n\n` : "";
    return more + formatText(shown.map((line) => line.split("\r").at(-1) ?? "").join("\n"));
  }
  if (output.kind === "error") {
    return formatText(formatTraceback(output.traceback ?? []) || textOf(output));
  }
  return formatRichOutput(output, lines, pictures, place);
}

/** Return the last lines of a traceback with their colours, without IPython's rule above it. */
function formatTraceback(parts: readonly string[]): string {
  const lines = trimBlankEnd(parts.join("\n").replace(/\r\n/g, "\n").split("\n"));
  if (/^-+$/.test(plainText(lines[0] ?? ""))) {
    lines.shift();
  }
  const shown = lines.slice(-ROW_LIMIT);
  return activeEscapes(lines.slice(0, -ROW_LIMIT).join("\n")) + shown.join("\n");
}

function formatRichOutput(output: RichOutput, lines: number, pictures: ImageFiles, place: OutputPlace): string {
  const image = imageType(output);
  if (image !== undefined) {
    // Large images are scaled down, small ones are never scaled up.
    const height = (pngSize(output)?.height ?? IMAGE_HEIGHT) < IMAGE_HEIGHT ? "" : `|height=${IMAGE_HEIGHT}`;
    const file = pictures.fileOf(output, image, place);
    return file instanceof vscode.Uri ? `![image](${file.toString()}${height})` : `*${file}*`;
  }
  const markdown = stringOf(output.data["text/markdown"]);
  if (markdown !== "") {
    return safeMarkdown(markdown);
  }
  const html = stringOf(output.data["text/html"]);
  if (/<table/i.test(html)) {
    return safeMarkdown(shortenTable(html));
  }
  // A display that has ended, such as a closed progress bar, has an empty text.
  if (output.data["text/plain"] === "") return "";
  if (needsPage(output)) return `${fence(textOf(output))}\n\n*“Show Outputs in Panel” draws this output.*`;
  const text = stringOf(output.data["text/plain"]).replace(/\r\n/g, "\n").split("\n");
  const rest = text.length > lines ? `\n\u001b[0m… ${text.length - lines} more lines` : "";
  return formatText(text.slice(0, lines).join("\n") + rest);
}

/** Return an HTML table without parts that VS Code would show as text, and with a maximum of rows. */
function shortenTable(html: string): string {
  const bare = html
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/\n\s*/g, "");
  const rows = bare.split(/(?<=<\/tr>)/i);
  if (rows.length <= ROW_LIMIT) {
    return bare;
  }
  return `${rows.slice(0, ROW_LIMIT).join("")}</tbody></table>\n\n*… ${rows.length - ROW_LIMIT} more rows*`;
}

/** Return text as a preformatted block, with its colours. */
function formatText(text: string): string {
  // HTML only if necessary: screen readers read the Markdown source.
  return hasStyles(text) ? `<pre>\n${ansiToHtml(text)}</pre>` : fence(plainText(text));
}

/** Return text in a code fence that is longer than any fence in the text. */
function fence(text: string): string {
  const ticks = text.match(/`{3,}/g)?.reduce((a, b) => (a.length > b.length ? a : b), "") ?? "``";
  return `${ticks}\`text\n${text}\n${ticks}\``;
}
