/** Splits Python source into tokens for colouring. It accepts any text, also one that is not valid. */

export type TokenKind = "keyword" | "constant" | "string" | "comment" | "number" | "decorator" | "magic" | "name";

export interface Token {
  /** Undefined for text without a colour. */
  kind: TokenKind | undefined;
  text: string;
}

const KEYWORDS =
  "and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield";

const TOKEN = new RegExp(
  [
    "(?<comment>#[^\\n]*)",
    "(?<string>(?:[rRbBfFuUtT]{1,2})?(?:\"\"\"(?:[^\\\\]|\\\\[\\s\\S])*?(?:\"\"\"|$)|'''(?:[^\\\\]|\\\\[\\s\\S])*?(?:'''|$)" +
      "|\"(?:[^\"\\\\\\n]|\\\\[\\s\\S])*\"?|'(?:[^'\\\\\\n]|\\\\[\\s\\S])*'?))",
    "(?<magic>(?<=^|\\n)[ \\t]*(?:%%?[A-Za-z]\\w*|![^\\n]*))",
    "(?<decorator>(?<=^|\\n)[ \\t]*@[\\w.]+)",
    "(?<number>\\b(?:0[xXoObB][\\da-fA-F_]+|\\d[\\d_]*(?:\\.[\\d_]*)?(?:[eE][+-]?\\d+)?[jJ]?))",
    `(?<keyword>\\b(?:${KEYWORDS})\\b)`,
    "(?<constant>\\b(?:None|True|False|self|cls)\\b)",
    "(?<name>(?<=\\b(?:def|class)[ \\t]+)\\w+)",
    "\\w+",
  ].join("|"),
  "g",
);

/** Return the tokens of each line. */
export function tokenLines(source: string): Token[][] {
  const lines: Token[][] = [[]];
  const add = (kind: TokenKind | undefined, text: string): void => {
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind, text: part });
    });
  };
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    const groups: Record<string, string | undefined> = match.groups ?? {};
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as TokenKind | undefined;
    if (kind === undefined) continue;
    add(undefined, source.slice(end, match.index));
    add(kind, match[0]);
    end = match.index + match[0].length;
  }
  add(undefined, source.slice(end));
  return lines;
}
