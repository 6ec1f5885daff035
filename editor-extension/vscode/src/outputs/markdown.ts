/**
 * A cell's outputs as Markdown for a zone under the cell.
 *
 * Owns the bounds of what a zone holds: VS Code cuts Markdown at 100,000 characters, and a zone
 * taller than the window helps nobody. The panel has all of it.
 */
import * as vscode from "vscode";
import type { Output, RichOutput } from "../protocol.gen";
import type { KnownCell } from "../scripts/cells";
import { ownSettings } from "../settings";
import type { Pictures } from "./pictures";
import { ending, pictureOf, pixelsOf, plain, stringOf, textOf } from "./words";

/** Characters of Markdown in one zone. */
const ROOM = 95_000;

/** Rows of a table, and lines of a traceback. */
const ROWS = 40;

/** Pixels of a picture's height: a figure of the usual size stays readable, and code in view. */
const HEIGHT = 320;

/** Return what a zone shows. */
export function markdownOf(cell: KnownCell, pictures: Pictures): vscode.MarkdownString {
  const made = new vscode.MarkdownString("", false);
  made.supportHtml = true;
  made.isTrusted = false;
  let room = ROOM;
  for (const output of cell.outputs) {
    const part = partOf(output, pictures);
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

function partOf(output: Output, pictures: Pictures): string {
  const lines = ownSettings().maxLines;
  if (output.kind === "stream") {
    const { lines: shown, before } = ending(output, lines);
    const more = before > 0 ? `*… ${before} lines above*\n\n` : "";
    return more + fence(shown.map((line) => line.split("\r").at(-1) ?? "").join("\n"));
  }
  if (output.kind === "error") {
    const told = plain((output.traceback ?? []).join("\n")).replace(/^-+\n/, "").trimEnd();
    return fence(told === "" ? textOf(output) : told.split("\n").slice(-ROWS).join("\n"));
  }
  return rich(output, lines, pictures);
}

function rich(output: RichOutput, lines: number, pictures: Pictures): string {
  const picture = pictureOf(output);
  if (picture !== undefined) {
    const data = stringOf(output.data[picture]);
    // Made smaller where it is large, never larger than it is.
    const height = (pixelsOf(output)?.height ?? HEIGHT) < HEIGHT ? "" : `|height=${HEIGHT}`;
    return data === ""
      ? "*A picture too large for here; it is in the panel.*"
      : `![picture](${pictures.fileOf(picture, data).toString()}${height})`;
  }
  const markdown = stringOf(output.data["text/markdown"]);
  if (markdown !== "") {
    return markdown;
  }
  const html = stringOf(output.data["text/html"]);
  if (/<table/i.test(html)) {
    return table(html);
  }
  const text = textOf(output).split("\n");
  const rest = text.length > lines ? `\n… ${text.length - lines} more lines` : "";
  return fence(text.slice(0, lines).join("\n") + rest);
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

/** Return text as a block that Markdown leaves alone. */
function fence(text: string): string {
  const ticks = text.match(/`{3,}/g)?.reduce((a, b) => (a.length > b.length ? a : b), "") ?? "``";
  const bar = `${ticks}\``;
  return `${bar.length < 3 ? "```" : bar}text\n${text}\n${bar.length < 3 ? "```" : bar}`;
}
