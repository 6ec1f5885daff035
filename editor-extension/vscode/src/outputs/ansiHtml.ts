/**
 * Text with ANSI styles as HTML that VS Code accepts in Markdown.
 *
 * The text itself is escaped: none of its tags and attributes are kept. VS Code keeps the style of a
 * `span` only in exactly the form written here, and has no form for dim text. This module must not
 * import VS Code, so that its tests need none.
 */
import { type Colour, parseSpans, type Span } from "../../../panel/src/text/ansi";

const NAMES = ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"];

/** Return the text as HTML: escaped, with its colours as spans. */
export function ansiToHtml(text: string): string {
  return parseSpans(text).spans.map(toHtml).join("");
}

function toHtml({ text, style }: Span): string {
  const foreground = toCss(style.foreground);
  const background = toCss(style.background);
  // Inverse text without colours has the editor's own, swapped.
  const [colour, ground] = style.inverse
    ? [background || variable("editor-background"), foreground || variable("editor-foreground")]
    : [foreground, background];
  const css = `${colour && `color:${colour};`}${ground && `background-color:${ground};`}`;
  let html = escapeHtml(text);
  if (css !== "") {
    html = `<span style="${css}">${html}</span>`;
  }
  const tags = [style.underline && "u", style.strike && "s", style.italic && "em", style.bold && "strong"];
  for (const tag of tags.filter((name) => typeof name === "string")) {
    html = `<${tag}>${html}</${tag}>`;
  }
  return html;
}

/** Return a colour for CSS; the theme's 16 colours are the terminal's. Empty without a colour. */
function toCss(colour: Colour | undefined): string {
  if (typeof colour !== "number") {
    return colour ?? "";
  }
  return variable(`terminal-ansi${colour >= 8 ? "Bright" : ""}${NAMES[colour % 8] ?? ""}`);
}

function variable(name: string): string {
  return `var(--vscode-${name})`;
}

function escapeHtml(text: string): string {
  const safe = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
  return safe.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
