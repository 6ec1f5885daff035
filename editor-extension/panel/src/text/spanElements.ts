/** Styled pieces of text as elements of the page. */

import type { Colour, Span } from "./ansi";
import { PLAIN } from "./ansi";

/** Append one line's pieces to an element. */
export function appendSpans(target: HTMLElement, spans: readonly Span[]): void {
  for (const span of spans) {
    if (span.style === PLAIN) target.append(span.text);
    else target.append(createElement(span));
  }
}

/** Return a colour for CSS; the theme's 16 colours are variables. */
function toCss(colour: Colour): string {
  return typeof colour === "number" ? `var(--ansi-${colour})` : colour;
}

function createElement({ text, style }: Span): HTMLElement {
  const element = document.createElement(style.link === undefined ? "span" : "a");
  element.textContent = text;
  if (element instanceof HTMLAnchorElement && style.link !== undefined) element.href = style.link;
  setColours(element, style);
  if (style.bold) element.style.fontWeight = "bold";
  if (style.dim) element.style.opacity = "0.7";
  if (style.italic) element.style.fontStyle = "italic";
  const lines = [style.underline && "underline", style.strike && "line-through"].filter(Boolean);
  if (lines.length > 0) element.style.textDecoration = lines.join(" ");
  return element;
}

function setColours(element: HTMLElement, style: Span["style"]): void {
  const { foreground, background } = style.inverse ? { foreground: style.background, background: style.foreground } : style;
  // The theme's colours are chosen for text. Behind text that is black or has no colour they are thinned.
  const thin = typeof background === "number" && !(style.inverse && foreground === undefined) && (foreground ?? 0) === 0;
  const colour = foreground !== undefined ? toCss(foreground) : style.inverse ? "var(--panel-background)" : undefined;
  const ground = background !== undefined ? toCss(background) : style.inverse ? "var(--panel-foreground)" : undefined;
  if (colour !== undefined && !thin) element.style.color = colour;
  if (ground !== undefined) element.style.backgroundColor = thin ? `color-mix(in srgb, ${ground} 30%, transparent)` : ground;
}
