/**
 * Text with a terminal's colours, as HTML that VS Code lets through in Markdown.
 *
 * Owns the reading of SGR escapes (ECMA-48, 8.3.117; the indexed and direct colours of ISO 8613-6).
 * Whatever the text says is escaped: no tag and no attribute of it comes through. VS Code keeps the
 * style of a `span` only in the very form written here. It must not know VS Code, so that tests need
 * none.
 */

/** How text looks; colours as CSS has them. */
interface Look {
  colour: string;
  ground: string;
  bold: boolean;
  italic: boolean;
  inverse: boolean;
}

const USUAL: Look = { colour: "", ground: "", bold: false, italic: false, inverse: false };

const NAMES = ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"];

const SGR = /\u001b\[([0-9;:]*)m/g;

/** Any other sequence, which is for terminals only. */
const OTHERS = /\u001b\[[0-9;:?]*[ -/]*[@-ln-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

/** Return text as HTML, the text escaped and its colours as spans. */
export function coloured(text: string): string {
  const runs: { look: Look; text: string }[] = [];
  const add = (look: Look, more: string) => {
    const last = runs.at(-1);
    // Highlighted code changes back and forth between its tokens.
    if (last !== undefined && isSame(last.look, look)) {
      last.text += more;
    } else if (more !== "") {
      runs.push({ look, text: more });
    }
  };
  let look = USUAL;
  let from = 0;
  const bare = text.replace(OTHERS, "");
  for (const found of bare.matchAll(SGR)) {
    add(look, bare.slice(from, found.index));
    look = changed(look, found[1] ?? "");
    from = found.index + found[0].length;
  }
  add(look, bare.slice(from));
  return runs.map((run) => dressed(run.text, run.look)).join("");
}

/** Whether a text has colours, or what else `coloured` shows. */
export function hasColours(text: string): boolean {
  return text.search(SGR) >= 0;
}

/** Return the escapes that still hold at the end of a text: what follows it begins with them. */
export function held(text: string): string {
  const all = [...text.matchAll(SGR)].map(([escape]) => escape);
  const reset = all.findLastIndex((escape) => escape === "\u001b[0m" || escape === "\u001b[m");
  return all.slice(reset + 1).join("");
}

function isSame(one: Look, other: Look): boolean {
  return (Object.keys(one) as (keyof Look)[]).every((key) => one[key] === other[key]);
}

function dressed(text: string, look: Look): string {
  // An inverse text without colours has those of the editor, the other way round.
  const inverse = look.inverse
    ? { colour: look.ground || variable("editor-background"), ground: look.colour || variable("editor-foreground") }
    : look;
  const style = `${inverse.colour && `color:${inverse.colour};`}${inverse.ground && `background-color:${inverse.ground};`}`;
  const spanned = style === "" ? escaped(text) : `<span style="${style}">${escaped(text)}</span>`;
  const slanted = look.italic ? `<em>${spanned}</em>` : spanned;
  return look.bold ? `<strong>${slanted}</strong>` : slanted;
}

function escaped(text: string): string {
  const safe = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
  return safe.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}

function changed(before: Look, codes: string): Look {
  const left = codes.split(/[;:]/).map(Number);
  let look = { ...before };
  for (let code = left.shift(); code !== undefined; code = left.shift()) {
    if (code === 0) {
      look = { ...USUAL };
    } else if (code === 1 || code === 22) {
      look.bold = code === 1;
    } else if (code === 3 || code === 23) {
      look.italic = code === 3;
    } else if (code === 7 || code === 27) {
      look.inverse = code === 7;
    } else if (code === 38 || code === 48) {
      const chosen = extended(left);
      Object.assign(look, code === 38 ? { colour: chosen } : { ground: chosen });
    } else {
      Object.assign(look, simple(code));
    }
  }
  return look;
}

/** Return what one of the sixteen colours changes, or its going back. */
function simple(code: number): Partial<Look> {
  if (code === 39) {
    return { colour: "" };
  }
  if (code === 49) {
    return { ground: "" };
  }
  const bright = code >= 90;
  const base = bright ? code - 60 : code;
  if (base >= 30 && base <= 37) {
    return { colour: named(base - 30, bright) };
  }
  return base >= 40 && base <= 47 ? { ground: named(base - 40, bright) } : {};
}

/** Take an indexed (5;n) or a direct (2;r;g;b) colour off the codes. */
function extended(left: number[]): string {
  const kind = left.shift();
  if (kind === 5) {
    return indexed(left.shift() ?? 0);
  }
  return kind === 2 ? hex(left.splice(0, 3)) : "";
}

function indexed(index: number): string {
  if (index < 16) {
    return named(index % 8, index >= 8);
  }
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return hex([grey, grey, grey]);
  }
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const cube = index - 16;
  return hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

function named(index: number, bright: boolean): string {
  return variable(`terminal-ansi${bright ? "Bright" : ""}${NAMES[index] ?? "White"}`);
}

function variable(name: string): string {
  return `var(--vscode-${name})`;
}

function hex(parts: readonly number[]): string {
  if (parts.length < 3) {
    return "";
  }
  const byte = (part: number) => Math.max(0, Math.min(255, Math.round(part || 0)));
  return `#${parts.map((part) => byte(part).toString(16).padStart(2, "0")).join("")}`;
}
