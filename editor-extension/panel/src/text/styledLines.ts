/**
 * A text as styled lines, without splitting all of it.
 *
 * A text of a million lines is scanned once for its line ends. The style at the start of a line is
 * computed from the nearest checkpoint above it.
 */

import { parseSpans, PLAIN, type Span, stripEscapes, type Style } from "./ansi";

const CHECKPOINT_LINES = 200;
/** Longer lines are truncated: their layout would freeze the page. */
const LINE_LIMIT = 4000;

export class StyledLines {
  private readonly starts: number[] = [0];
  private readonly styles: Style[] = [PLAIN];

  constructor(readonly text: string) {
    let at = text.indexOf("\n");
    while (at >= 0 && at < text.length - 1) {
      this.starts.push(at + 1);
      at = text.indexOf("\n", at + 1);
    }
  }

  /** The number of lines. A newline at the end starts no further line. */
  get count(): number {
    return this.text === "" ? 0 : this.starts.length;
  }

  /** The length of the longest line in characters, in a sample of the lines. */
  get width(): number {
    const step = Math.max(1, Math.floor(this.count / 2000));
    let longest = 0;
    for (let line = 0; line < this.count; line += step) {
      longest = Math.max(longest, stripEscapes(this.raw(line).slice(0, LINE_LIMIT)).length);
    }
    return longest;
  }

  raw(line: number): string {
    const start = this.starts[line] ?? this.text.length;
    const next = this.starts[line + 1];
    const end = next === undefined ? this.text.length : next - 1;
    const found = this.text.slice(start, end);
    return found.endsWith("\n") ? found.slice(0, -1) : found;
  }

  /** Return the lines from `first` to before `last`, each as styled pieces. */
  range(first: number, last: number): Span[][] {
    const found: Span[][] = [];
    let style = this.styleAt(first);
    for (let line = first; line < Math.min(last, this.count); line += 1) {
      const raw = this.raw(line);
      const shown = raw.length > LINE_LIMIT ? `${raw.slice(0, LINE_LIMIT)} …` : raw;
      const { spans: pieces } = parseSpans(shown, style);
      style = raw.includes("\x1b") ? parseSpans(raw, style).end : style;
      found.push(pieces);
    }
    return found;
  }

  private styleAt(line: number): Style {
    if (!this.text.includes("\x1b")) return PLAIN;
    const wanted = Math.floor(line / CHECKPOINT_LINES);
    while (this.styles.length <= wanted) {
      const from = (this.styles.length - 1) * CHECKPOINT_LINES;
      const begin = this.starts[from] ?? 0;
      const end = this.starts[from + CHECKPOINT_LINES] ?? this.text.length;
      this.styles.push(parseSpans(this.text.slice(begin, end), this.styles.at(-1)).end);
    }
    const begin = this.starts[wanted * CHECKPOINT_LINES] ?? 0;
    const end = this.starts[line] ?? this.text.length;
    return parseSpans(this.text.slice(begin, end), this.styles[wanted]).end;
  }
}
