/**
 * The form in which the text editor shows an output of several types.
 *
 * Owns the choice between the types of a bundle, by what Markdown in VS Code can draw. outputText.ts makes a
 * line of the chosen form, outputMarkdown.ts a zone. Must not import VS Code, so that its tests need none.
 */
import { interactiveName, isStandIn, loadsLibrary, WIDGET } from "../../../panel/src/render/interactive";
import { stripEscapes } from "../../../panel/src/text/ansi";
import type { Output, RichOutput } from "../protocol.gen";

/** The part of an output that is shown, and the way to show it. */
export type Form =
  /** An image, which may be a preview of something interactive with this name. */
  | { kind: "image"; mime: string; name: string | undefined }
  /** An output that only a page with scripts draws, with the text of its state if it has one. */
  | { kind: "interactive"; name: string; text: string }
  | { kind: "markdown"; text: string }
  | { kind: "html"; html: string }
  /** Text in a language, such as `latex` or `text`. */
  | { kind: "text"; text: string; language: string }
  | { kind: "nothing" };

const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp"];

/** Characters of HTML that are formatted. */
const HTML_LIMIT = 500_000;

/** A line of a progress bar, which needs no page: `epoch: 60% 3/5 [00:01<00:02]`. */
const PROGRESS = /\b\d{1,3}%|\[\d+:\d\d[,<\]]/;

/** Return the form of an output that is neither a stream nor an error. */
export function formOf(output: RichOutput): Form {
  const part = (mime: string) => stringOf(output.data[mime]);
  const plain = plainText(part("text/plain"));
  const mime = imageType(output);
  const name = interactiveName(output.data, output.omitted);
  if (mime !== undefined) return { kind: "image", mime, name };
  // A display that has ended, such as a closed progress bar, has an empty text.
  if (output.data["text/plain"] === "" && name === WIDGET) return { kind: "nothing" };
  if (loadsLibrary(output.data, output.omitted)) return { kind: "nothing" };
  if (name === WIDGET && isProgress(plain)) return { kind: "text", text: plain, language: "text" };
  const says = plain !== "" && !isStandIn(plain);
  // The text of a chart is its data, or nothing that helps.
  if (name !== undefined) {
    return { kind: "interactive", name, text: says && [WIDGET, "web page"].includes(name) ? plain : "" };
  }
  const markdown = part("text/markdown");
  if (markdown !== "") return { kind: "markdown", text: markdown };
  const html = part("text/html").slice(0, HTML_LIMIT);
  if (/<table\b/i.test(html) || (!says && hasText(html))) return { kind: "html", html };
  if (says) return { kind: "text", text: part("text/plain"), language: "text" };
  if (part("text/latex") !== "") return { kind: "text", text: part("text/latex"), language: "latex" };
  return otherForm(output);
}

function otherForm(output: RichOutput): Form {
  const json = Object.entries(output.data).find(([mime]) => /^application\/(?:.+\+)?json$/.test(mime));
  if (json !== undefined) return { kind: "text", text: JSON.stringify(json[1], null, 2), language: "json" };
  const text = Object.keys(output.data).find((mime) => mime.startsWith("text/") && !["text/plain", "text/html"].includes(mime));
  if (text !== undefined) return { kind: "text", text: stringOf(output.data[text]), language: "text" };
  const mimes = [...Object.keys(output.data), ...Object.keys(output.omitted ?? {})];
  if ("text/plain" in (output.omitted ?? {})) return { kind: "interactive", name: "long text", text: "" };
  const unknown = mimes.find((mime) => mime !== "text/plain" && mime !== "text/html");
  if (unknown !== undefined) return { kind: "interactive", name: `output of type ${unknown}`, text: "" };
  const plain = stringOf(output.data["text/plain"]);
  return plain.trim() === "" ? { kind: "nothing" } : { kind: "text", text: plain, language: "text" };
}

/** Return true if only a page with scripts draws an output, or all of it. */
export function needsPage(output: Output): boolean {
  if (output.kind === "stream" || output.kind === "error") {
    return false;
  }
  const form = formOf(output);
  return form.kind === "interactive" || (form.kind === "image" && form.name !== undefined);
}

/** Return the MIME type of an output's image, if it has one. */
export function imageType(output: Output): string | undefined {
  if (output.kind === "stream" || output.kind === "error") {
    return undefined;
  }
  const has = (type: string) => type in output.data || type in (output.omitted ?? {});
  return IMAGE_TYPES.find(has);
}

/** Return text without ANSI escapes, with LF line ends. */
export function plainText(text: string): string {
  return stripEscapes(text).replace(/\r\n/g, "\n");
}

/** Return a MIME part as a string: notebooks store long ones as lists of lines. */
export function stringOf(part: unknown): string {
  if (typeof part === "string") {
    return part;
  }
  return Array.isArray(part) ? part.map(stringOf).join("") : "";
}

function isProgress(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => PROGRESS.test(line));
}

/** Return true if HTML shows text of its own. */
function hasText(html: string): boolean {
  return html.replace(/<[^>]*>/g, "").trim() !== "";
}
