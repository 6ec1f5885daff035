/**
 * A cell's outputs as Markdown for a zone under the cell.
 *
 * Owns the bounds of what a zone holds: VS Code cuts Markdown at 100,000 characters, and a zone
 * taller than the window helps nobody. The panel has all of it.
 */
import * as vscode from "vscode";
import { safeMarkdown } from "../../../panel/src/links";
import type { Output, RichOutput } from "../protocol.gen";
import type { KnownCell } from "../scripts/cells";
import { ownSettings } from "../settings";
import { coloured, hasColours, held } from "./ansi";
import type { Pictures, Place } from "./pictures";
import { ending, pictureOf, pixelsOf, plain, stringOf, textOf, trimmed } from "./words";

/** Characters of Markdown in one zone. */
const ROOM = 95_000;

/** Rows of a table, and lines of a traceback. */
const ROWS = 40;

/** Pixels of a picture's height: a figure of the usual size stays readable, and code in view. */
const HEIGHT = 320;

/** Return what a zone of a script shows. */
export function markdownOf(uri: vscode.Uri, cell: KnownCell, pictures: Pictures): vscode.MarkdownString {
  const made = new vscode.MarkdownString("", false);
  made.supportHtml = true;
  made.isTrusted = false;
  let room = ROOM;
  for (const [index, output] of cell.outputs.entries()) {
    const place = { uri: uri.toString(), run: cell.run?.id ?? "", output: index };
    const part = partOf(output, pictures, place);
    if (part.length > room) {
      made.appendMarkdown("\n\n*More is in the panel.*");
      break;
    }
    made.appendMarkdown(`${part}\n\n`);
    room -= part.length;
  }
  if (cell.run?.note) {
    made.appendMarkdown("*").appendText(cell.run.note).appendMarkdown("*");
  }
  return made;
}

function partOf(output: Output, pictures: Pictures, place: Place): string {
  const lines = ownSettings().maxLines;
  if (output.kind === "stream") {
    const { lines: shown, before } = ending(output, lines);
    const more = before > 0 ? `*… ${before} lines above*\n\n` : "";
    return more + block(shown.map((line) => line.split("\r").at(-1) ?? "").join("\n"));
  }
  if (output.kind === "error") {
    return block(traceback(output.traceback ?? []) || textOf(output));
  }
  return rich(output, lines, pictures, place);
}

/** Return the end of a traceback with its colours, without the line over it. */
function traceback(parts: readonly string[]): string {
  const lines = trimmed(parts.join("\n").replace(/\r\n/g, "\n").split("\n"));
  if (/^-+$/.test(plain(lines[0] ?? ""))) {
    lines.shift();
  }
  const shown = lines.slice(-ROWS);
  return held(lines.slice(0, -ROWS).join("\n")) + shown.join("\n");
}

function rich(output: RichOutput, lines: number, pictures: Pictures, place: Place): string {
  const picture = pictureOf(output);
  if (picture !== undefined) {
    // Made smaller where it is large, never larger than it is.
    const height = (pixelsOf(output)?.height ?? HEIGHT) < HEIGHT ? "" : `|height=${HEIGHT}`;
    const file = pictures.fileOf(output, picture, place);
    return file instanceof vscode.Uri ? `![picture](${file.toString()}${height})` : `*${file}*`;
  }
  const markdown = stringOf(output.data["text/markdown"]);
  if (markdown !== "") {
    return safeMarkdown(markdown);
  }
  const html = stringOf(output.data["text/html"]);
  if (/<table/i.test(html)) {
    return safeMarkdown(table(html));
  }
  const text = stringOf(output.data["text/plain"]).replace(/\r\n/g, "\n").split("\n");
  const rest = text.length > lines ? `\n\u001b[0m… ${text.length - lines} more lines` : "";
  return block(text.slice(0, lines).join("\n") + rest);
}

/** Return an HTML table without what VS Code would show as text, and no longer than is of use. */
function table(html: string): string {
  const bare = html
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/\n\s*/g, "");
  const rows = bare.split(/(?<=<\/tr>)/i);
  if (rows.length <= ROWS) {
    return bare;
  }
  return `${rows.slice(0, ROWS).join("")}</tbody></table>\n\n*… ${rows.length - ROWS} more rows*`;
}

/** Return text as a block that Markdown leaves alone, with its colours. */
function block(text: string): string {
  // As HTML only where it must be: a screen reader is given the Markdown as it is.
  return hasColours(text) ? `<pre>\n${coloured(text)}</pre>` : fence(plain(text));
}

/** Return text between bars that it does not hold itself. */
function fence(text: string): string {
  const ticks = text.match(/`{3,}/g)?.reduce((a, b) => (a.length > b.length ? a : b), "") ?? "``";
  return `${ticks}\`text\n${text}\n${ticks}\``;
}
