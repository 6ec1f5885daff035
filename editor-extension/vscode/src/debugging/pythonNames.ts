/**
 * The names in Python code whose values are shown at the ends of lines while the code is stopped.
 *
 * Owns their choice by the text alone: no attributes, keywords, keyword arguments, called functions, and
 * nothing in strings and comments. It must not import VS Code.
 */

/** A name and its position. */
export interface PlacedName {
  name: string;
  line: number;
  character: number;
}

/** Maximum number of lines above the stop that are read. */
const LINE_LIMIT = 200;

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield self cls"
  ).split(" "),
);

const TOKEN =
  /(?<string>(?<![\w"'])[rbfutRBFUT]{0,2}(?:"""|'''|"|'))|(?<comment>#.*)|(?<attribute>\.\s*[\p{L}_][\p{L}\p{N}_]*)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<opening>[([{])|(?<closing>[)\]}])|\d[\w.]*/gu;

/** The state between two lines. */
interface State {
  /** The quotes of a string that is open; empty outside strings. */
  quotes: string;
  /** Number of open brackets. */
  depth: number;
}

/**
 * Return the names on the lines of the stopped function or cell down to the stop.
 *
 * `first` is the first line of the cell, `last` the line of the stop.
 */
export function namesAbove(lines: readonly string[], first: number, last: number): PlacedName[] {
  const begin = Math.max(functionStart(lines, first, last), last - LINE_LIMIT);
  const found: PlacedName[] = [];
  const state: State = { quotes: "", depth: 0 };
  for (let line = first; line <= last; line += 1) {
    const names = readLine(lines[line] ?? "", state);
    if (line >= begin) {
      found.push(...[...names].map(([name, character]) => ({ name, line, character })));
    }
  }
  return found;
}

/** Return the line of the `def` around a line, or the first line. */
function functionStart(lines: readonly string[], first: number, last: number): number {
  let indent = indentOf(lines[last] ?? "");
  for (let line = last - 1; line >= first && indent > 0; line -= 1) {
    const text = lines[line] ?? "";
    if (text.trim() !== "" && indentOf(text) < indent) {
      if (/^\s*(async\s+)?def\b/.test(text)) {
        return line;
      }
      indent = indentOf(text);
    }
  }
  return first;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}

/** Return the names of a line with their positions, and update the state. */
function readLine(text: string, state: State): Map<string, number> {
  const names = new Map<string, number>();
  let at = 0;
  for (;;) {
    if (state.quotes !== "") {
      at = stringEnd(text, at, state.quotes);
      // Only a string with three quotes continues on the next line.
      state.quotes = at < 0 && state.quotes.length === 3 ? state.quotes : "";
    }
    TOKEN.lastIndex = Math.max(at, 0);
    const token = at < 0 ? null : TOKEN.exec(text);
    if (token === null || token.groups?.comment !== undefined) {
      return names;
    }
    at = TOKEN.lastIndex;
    const { name, string, opening, closing } = token.groups ?? {};
    if (string !== undefined) {
      state.quotes = /["']+$/.exec(string)?.[0] ?? "";
    } else if (opening !== undefined || closing !== undefined) {
      state.depth = Math.max(0, state.depth + (opening === undefined ? -1 : 1));
    } else if (name !== undefined && !names.has(name) && isShown(name, text.slice(at), state)) {
      names.set(name, token.index);
    }
  }
}

/** Return the position after a string's closing quotes; -1 if it does not end in this line. */
function stringEnd(text: string, from: number, quotes: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") {
      at += 1;
    } else if (text.startsWith(quotes, at)) {
      return at + quotes.length;
    }
  }
  return -1;
}

/** Return true if the value of a name is shown, given the text after it. */
function isShown(name: string, after: string, { depth }: State): boolean {
  const isCalled = /^\s*\(/.test(after);
  const isKeywordArgument = depth > 0 && /^\s*=(?!=)/.test(after);
  return !KEYWORDS.has(name) && !isCalled && !isKeywordArgument;
}
