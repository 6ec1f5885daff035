/**
 * Rules for links in untrusted text, for the page and the extension. core/output/safe_links.py has the same
 * rules for the server.
 */

const SCHEMES = /^(?:https?|mailto):/i;

/** Return the normalized form of an address that may be opened in the browser; undefined for others. */
export function webAddress(given: string): string | undefined {
  if (!SCHEMES.test(given.trim())) return undefined;
  try {
    return new URL(given.trim()).href;
  } catch {
    return undefined;
  }
}

/** An invisible character that separates two characters of Markdown syntax. */
const WORD_JOINER = "\u2060";

const LOADING_TAGS =
  /<(?=\/?(?:img|image|picture|source|video|audio|track|input|i?frame|frameset|object|embed|link|meta|base|style|script|svg|math|form)(?![\w-]))/gi;
const PICTURE = /!\[(?![^[\]]*\]\(\s*<?data:image\/)/gi;
const TARGET = /\](?=(?:\(|:)\s*<?([^\s<>)]*))/g;
const AUTOLINK = /<(?=([a-z][a-z0-9+.-]+:[^\s<>]*))/gi;
const REFERENCE = /(?<![\w-])href(\s*=\s*)(?=("[^"]*"|'[^']*'|[^\s>]*))/gi;

/** Return Markdown that loads no resources and links only to the web. Its text stays readable. */
export function safeMarkdown(text: string): string {
  return text
    .replace(PICTURE, `!${WORD_JOINER}[`)
    .replace(TARGET, (sign, target: string) => (isHarmless(target) ? sign : sign + WORD_JOINER))
    .replace(AUTOLINK, (sign, target: string) => (isHarmless(target) ? sign : sign + WORD_JOINER))
    .replace(REFERENCE, (sign, between: string, target: string) =>
      isHarmless(target.replace(/^["']|["']$/g, "")) ? sign : `data-href${between}`,
    )
    .replace(LOADING_TAGS, `<${WORD_JOINER}`);
}

/** Return true for a web address, an embedded image or a path. Schemes written with escapes are refused. */
function isHarmless(target: string): boolean {
  return SCHEMES.test(target) || /^data:image\//i.test(target) || !/[:&\\\s]/.test(/^[^/?#]*/.exec(target)?.[0] ?? "");
}
