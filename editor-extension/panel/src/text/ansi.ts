/**
 * Text with ANSI escapes as pieces of one style each.
 *
 * Colours, weights and links (OSC 8) are understood; what else a terminal could be told is left out.
 * Carriage returns and backspaces are the server's: they have been carried out before.
 */

import { webAddress } from "../links";

/** How text looks, by the rules of `Select Graphic Rendition`. */
export interface Style {
  readonly fg?: string | undefined;
  readonly bg?: string | undefined;
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

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ESCAPE = /\x1b(?:\[([0-9;:?]*)[ -/]*([@-~])|\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** Return the text as styled pieces, and the style that holds at its end. */
export function spans(text: string, begin: Style = PLAIN): { spans: Span[]; end: Style } {
  const found: Span[] = [];
  let style = begin;
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), style });
    at = match.index + match[0].length;
    if (match[2] === "m") style = restyled(style, match[1] ?? "");
    else if (match[3] !== undefined) style = { ...style, link: webAddress(match[3]) };
  }
  if (at < text.length) found.push({ text: text.slice(at), style });
  return { spans: found, end: style };
}

/** Return the text without its escapes. */
export function plain(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPE, "") : text;
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
  39: { fg: undefined },
  49: { bg: undefined },
};

function restyled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let made = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) made = style.link === undefined ? PLAIN : { link: style.link };
    else if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(at + 1));
      made = { ...made, [code === 38 ? "fg" : "bg"]: colour };
      at += used;
    } else made = { ...made, ...(FLAGS[code] ?? basic(code)) };
  }
  return made;
}

function basic(code: number): Style {
  if (code >= 30 && code <= 37) return { fg: named(code - 30) };
  if (code >= 40 && code <= 47) return { bg: named(code - 40) };
  if (code >= 90 && code <= 97) return { fg: named(code - 82) };
  if (code >= 100 && code <= 107) return { bg: named(code - 92) };
  return {};
}

/** Colours 0 to 15 are the theme's. */
function named(number: number): string {
  return `var(--ansi-${number})`;
}

function extended(codes: number[]): { colour: string | undefined; used: number } {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 2) return { colour: `rgb(${byte(first)} ${byte(second)} ${byte(third)})`, used: 4 };
  if (kind !== 5) return { colour: undefined, used: codes.length };
  return { colour: indexed(byte(first)), used: 2 };
}

function byte(value: number): number {
  return Math.max(0, Math.min(255, Math.trunc(value) || 0));
}

/** xterm's 256 colours: the theme's 16, a cube of 6 × 6 × 6, and 24 greys. */
function indexed(number: number): string {
  if (number < 16) return named(number);
  if (number >= 232) {
    const grey = 8 + 10 * (number - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  const cube = number - 16;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return `rgb(${red ?? 0} ${green ?? 0} ${blue ?? 0})`;
}

/** Draw one line's pieces into `target`. */
export function draw(target: HTMLElement, pieces: readonly Span[]): void {
  for (const piece of pieces) {
    if (piece.style === PLAIN) target.append(piece.text);
    else target.append(styled(piece));
  }
}

function styled({ text, style }: Span): HTMLElement {
  const element = document.createElement(style.link === undefined ? "span" : "a");
  element.textContent = text;
  if (element instanceof HTMLAnchorElement && style.link !== undefined) element.href = style.link;
  const inverse = style.inverse === true;
  const fg = inverse ? (style.bg ?? "var(--panel-background)") : style.fg;
  const bg = inverse ? (style.fg ?? "var(--panel-foreground)") : style.bg;
  // The theme's colours are made for text; behind text of no colour, or black, they are thinned.
  const thin = bg?.startsWith("var(--ansi") === true && (fg === undefined || fg === named(0));
  if (fg !== undefined && !thin) element.style.color = fg;
  if (bg !== undefined) element.style.backgroundColor = thin ? `color-mix(in srgb, ${bg} 30%, transparent)` : bg;
  if (style.bold) element.style.fontWeight = "bold";
  if (style.dim) element.style.opacity = "0.7";
  if (style.italic) element.style.fontStyle = "italic";
  const lines = [style.underline && "underline", style.strike && "line-through"].filter(Boolean);
  if (lines.length > 0) element.style.textDecoration = lines.join(" ");
  return element;
}
