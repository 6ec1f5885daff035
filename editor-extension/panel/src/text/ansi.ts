/**
 * Parses text with ANSI escapes into pieces with one style each.
 *
 * Owns the escape sequences that outputs may contain: styles (ECMA-48, 8.3.117), indexed and direct
 * colours (ISO 8613-6) and links (OSC 8). All other sequences are removed. In the text of a stream, the
 * server has applied all sequences that move, erase or insert, so that only styles are left. Both renderers use this module: the panel's elements
 * (spanElements.ts) and the extension's Markdown (vscode/src/outputs/ansiHtml.ts).
 */

import { webAddress } from "../links";

/** A number from 0 to 15 is a colour of the theme; a text is `#rrggbb`. */
export type Colour = number | `#${string}`;

/** A text style, as set by `Select Graphic Rendition`. */
export interface Style {
  readonly foreground?: Colour | undefined;
  readonly background?: Colour | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
  readonly link?: string | undefined;
}

export interface Span {
  text: string;
  style: Style;
}

export const PLAIN: Style = {};

// eslint-disable-next-line no-control-regex -- the pattern searches for control characters
const ESCAPE = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
// eslint-disable-next-line no-control-regex -- the pattern searches for control characters
const STYLE_ESCAPE = /\x1b\[[0-9;:]*m/g;

/** Return the text as styled pieces, and the style at its end. Neighbours of one style are joined. */
export function parseSpans(text: string, begin: Style = PLAIN): { spans: Span[]; end: Style } {
  const spans: Span[] = [];
  const add = (piece: string, style: Style): void => {
    const last = spans.at(-1);
    if (last !== undefined && areEqual(last.style, style)) last.text += piece;
    else if (piece !== "") spans.push({ text: piece, style });
  };
  let style = begin;
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    add(text.slice(at, match.index), style);
    at = match.index + match[0].length;
    if (match[2] === "m") style = applyCodes(style, match[1] ?? "");
    else if (match[3] !== undefined) style = { ...style, link: webAddress(match[3]) };
  }
  add(text.slice(at), style);
  return { spans, end: style };
}

/** Return the text without its escapes. */
export function stripEscapes(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPE, "") : text;
}

/** Return true if the text sets a style. */
export function hasStyles(text: string): boolean {
  return text.search(STYLE_ESCAPE) >= 0;
}

/** Return the escapes that are in force at the end of the text. Text that follows starts with them. */
export function activeEscapes(text: string): string {
  const escapes = [...text.matchAll(STYLE_ESCAPE)].map(([escape]) => escape);
  const reset = escapes.findLastIndex((escape) => escape === "\x1b[0m" || escape === "\x1b[m");
  return escapes.slice(reset + 1).join("");
}

const KEYS = ["foreground", "background", "bold", "dim", "italic", "underline", "strike", "inverse", "link"] as const;

function areEqual(one: Style, other: Style): boolean {
  return KEYS.every((key) => (one[key] ?? false) === (other[key] ?? false));
}

const FLAGS: Record<number, Style> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { foreground: undefined },
  49: { background: undefined },
};

/** The codes that are followed by a colour: of the text, behind it, and of its underline. */
const COLOUR_CODES: Record<number, (colour: Colour | undefined) => Style> = {
  38: (foreground) => ({ foreground }),
  48: (background) => ({ background }),
  58: () => ({}),
};

/** Return the style after the parameters of one escape: codes, each with its sub-parameters. */
function applyCodes(before: Style, parameters: string): Style {
  // Parameters with a prefix (`?`, `>`) belong to other functions of a terminal.
  if (!/^[0-9;:]*$/.test(parameters)) return before;
  const codes = parameters.split(";").map((code) => code.split(":").map(Number));
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const [code = 0, ...details] = codes[at] ?? [];
    const setColour = COLOUR_CODES[code];
    if (code === 0) style = style.link === undefined ? PLAIN : { link: style.link };
    else if (setColour !== undefined && details.length > 0) style = { ...style, ...setColour(colourOf(details)) };
    else if (setColour !== undefined) {
      const values = codes.slice(at + 1).map(([value = 0]) => value);
      const used = values[0] === 2 ? 4 : values[0] === 5 ? 2 : 1;
      style = { ...style, ...setColour(colourOf(values.slice(0, used))) };
      at += used;
    } else if (code === 4 && details[0] === 0) style = { ...style, underline: false };
    else style = { ...style, ...(FLAGS[code] ?? themeColour(code)) };
  }
  return style;
}

/** Return the change that a code for one of the theme's 16 colours makes. */
function themeColour(code: number): Style {
  if (code >= 30 && code <= 37) return { foreground: code - 30 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 90 && code <= 97) return { foreground: code - 82 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  return {};
}

/** Return an indexed colour (5, n) or a direct one (2, r, g, b; also 2, colour space, r, g, b). */
function colourOf([kind, ...values]: readonly number[]): Colour | undefined {
  if (kind === 5 && values[0] !== undefined) return indexedColour(toByte(values[0]));
  if (kind !== 2 || values.length < 3) return undefined;
  return toHex(values.slice(values.length > 3 ? 1 : 0).slice(0, 3));
}

/** Return one of xterm's 256 colours: the theme's 16, a cube of 6 × 6 × 6, and 24 greys. */
function indexedColour(index: number): Colour {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return toHex([grey, grey, grey]);
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  return toHex([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level));
}

function toHex(parts: readonly number[]): `#${string}` {
  return `#${parts.map((part) => toByte(part).toString(16).padStart(2, "0")).join("")}`;
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.trunc(value)));
}
