/**
 * Where text that is not ours may lead: the one list of the page and the extension. The server's is in
 * core/output/safe_links.py, by the same rules.
 */

const SCHEMES = /^(?:https?|mailto):/i;

/** Return an address that may be opened outside, as it will be opened; undefined for any other. */
export function webAddress(given: string): string | undefined {
  if (!SCHEMES.test(given.trim())) return undefined;
  try {
    return new URL(given.trim()).href;
  } catch {
    return undefined;
  }
}

/** Stands between two signs that mean something together; it is not seen. */
const APART = "\u2060";

const LOADING_TAGS =
  /<(?=\/?(?:img|image|picture|source|video|audio|track|input|i?frame|frameset|object|embed|link|meta|base|style|script|svg|math|form)(?![\w-]))/gi;
const PICTURE = /!\[(?![^[\]]*\]\(\s*<?data:image\/)/gi;
const TARGET = /\](?=(?:\(|:)\s*<?([^\s<>)]*))/g;
const AUTOLINK = /<(?=([a-z][a-z0-9+.-]+:[^\s<>]*))/gi;
const REFERENCE = /(?<![\w-])href(\s*=\s*)(?=("[^"]*"|'[^']*'|[^\s>]*))/gi;

/** Return Markdown that loads nothing and leads only to the web; what it says stays readable. */
export function safeMarkdown(text: string): string {
  return text
    .replace(PICTURE, `!${APART}[`)
    .replace(TARGET, (sign, target: string) => (isHarmless(target) ? sign : sign + APART))
    .replace(AUTOLINK, (sign, target: string) => (isHarmless(target) ? sign : sign + APART))
    .replace(REFERENCE, (sign, between: string, target: string) =>
      isHarmless(target.replace(/^["']|["']$/g, "")) ? sign : `data-href${between}`,
    )
    .replace(LOADING_TAGS, `<${APART}`);
}

/** A web address or a path; a scheme that is written by escapes is none that we know. */
function isHarmless(target: string): boolean {
  return SCHEMES.test(target) || /^data:image\//i.test(target) || !/[:&\\\s]/.test(/^[^/?#]*/.exec(target)?.[0] ?? "");
}
