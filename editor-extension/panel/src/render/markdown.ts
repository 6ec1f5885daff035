/**
 * Draws Markdown and LaTeX.
 *
 * DOMPurify sanitizes the HTML of markdown-it. KaTeX runs with `trust: false`, so formulas cannot refer to
 * files, addresses or HTML.
 */

import DOMPurify from "dompurify";
import katex from "katex";
import MarkdownIt from "markdown-it";

import { h } from "../dom";
import { webAddress } from "../links";
import type { Renderer, OutputContext } from "./types";
import { textOf } from "./mimeValues";

const markdown = new MarkdownIt({ html: true, linkify: true });

// Nothing is loaded: attributes with an address contain data or are removed; an external image becomes a link.
const LOADING = /^(?:src|srcset|poster|background|href|xlink:href)$/;
function removeLoading(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (!LOADING.test(name) || (element.localName === "img" && name === "src" && /^data:image\//i.test(value))) continue;
    if (element.localName === "a" && name === "href" && (value.startsWith("#") || webAddress(value) !== undefined)) continue;
    element.removeAttribute(name);
    if (element.localName === "img" && name === "src") element.setAttribute("data-address", value);
  }
}

/** Replace external images by links to them. */
function linkImages(element: HTMLElement): void {
  for (const image of element.querySelectorAll<HTMLElement>("img[data-address]")) {
    const address = image.dataset["address"] ?? "";
    const words = image.getAttribute("alt") || address;
    const url = webAddress(address);
    image.replaceWith(url === undefined ? words : h("a", { href: url, title: "This image is not loaded from the network." }, words));
  }
}

// $$…$$, \[…\], \begin{env}…\end{env}; $…$ with no blank inside its ends and no digit after it; \(…\)
const MATH =
  /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|(\\begin\{([a-z*]+)\}[\s\S]+?\\end\{\4\})|\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)|\\\(([\s\S]+?)\\\)/g;
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]*`)/;

/** Draw a formula. An invalid one is shown as its source, with the error. */
export function drawFormula(source: string, display: boolean): HTMLElement {
  const element = h(display ? "div" : "span", { className: "formula" });
  try {
    katex.render(source, element, { displayMode: display, trust: false, maxSize: 100, maxExpand: 1000 });
  } catch (error) {
    element.replaceChildren(h("code", { title: error instanceof Error ? error.message : "" }, source));
    element.classList.add("broken");
  }
  return element;
}

/** Separate formulas from a text, because Markdown would interpret their characters. */
export function extractFormulas(text: string): { text: string; formulas: { source: string; display: boolean }[] } {
  const formulas: { source: string; display: boolean }[] = [];
  const parts = text.split(CODE).map((part, index) =>
    index % 2 === 1
      ? part
      : part.replace(MATH, (_whole, dollars, brackets, environment, _name, inline, parens) => {
          const display = (dollars ?? brackets ?? environment) as string | undefined;
          const source = display ?? ((inline ?? parens) as string);
          formulas.push({ source, display: display !== undefined });
          return `\uE000${formulas.length - 1}\uE001`;
        }),
  );
  return { text: parts.join(""), formulas };
}

export function renderMarkdown(text: string, around: Pick<OutputContext, "open">): HTMLElement {
  const { text: bare, formulas } = extractFormulas(text);
  DOMPurify.removeAllHooks();
  DOMPurify.addHook("afterSanitizeAttributes", removeLoading);
  const clean = DOMPurify.sanitize(markdown.render(bare), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select"],
    FORBID_ATTR: ["style", "id", "name"],
  });
  const element = h("div", { className: "markdown" }, clean);
  linkImages(element);
  placeFormulas(element, formulas);
  openLinksOutside(element, around);
  return element;
}

/** Draw the formulas in the text of an element. */
export function typeset(element: HTMLElement): void {
  for (const node of textNodes(element)) {
    const { text, formulas } = extractFormulas(node.data);
    if (formulas.length === 0) continue;
    const drawn = h("span", {}, text);
    placeFormulas(drawn, formulas);
    node.replaceWith(drawn);
  }
}

function textNodes(element: HTMLElement): Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) if (walker.currentNode instanceof Text) texts.push(walker.currentNode);
  return texts;
}

/** Draw formulas in the places that `extractFormulas` has left for them. */
function placeFormulas(element: HTMLElement, formulas: ReturnType<typeof extractFormulas>["formulas"]): void {
  for (const node of textNodes(element)) {
    const pieces = node.data.split(/\uE000(\d+)\uE001/);
    if (pieces.length === 1) continue;
    node.replaceWith(
      ...pieces.map((piece, index) => {
        const found = index % 2 === 1 ? formulas[Number(piece)] : undefined;
        return found === undefined ? piece : drawFormula(found.source, found.display);
      }),
    );
  }
}

/** Open links in the browser instead of the page. */
export function openLinksOutside(element: HTMLElement, around: Pick<OutputContext, "open">): void {
  element.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link === null) return;
    event.preventDefault();
    const url = webAddress(link.getAttribute("href") ?? "");
    if (url !== undefined && event.isTrusted) around.open(url);
  });
}

export const markdownRenderer: Renderer = (content, _mime, around) => ({
  element: renderMarkdown(textOf(content), around),
});

export const latexRenderer: Renderer = (content) => {
  const text = textOf(content).trim();
  const inner = /^(?:\$\$([\s\S]*)\$\$|\\\[([\s\S]*)\\\]|\$([\s\S]*)\$|\\\(([\s\S]*)\\\))$/.exec(text);
  const found = inner?.slice(1).find(Boolean);
  // Several formulas with text between them are drawn as Markdown.
  if (found === undefined ? !/^\\begin/.test(text) && text.includes("$") : /(?<!\\)\$/.test(found)) {
    return { element: renderMarkdown(text, { open: () => undefined }) };
  }
  return { element: h("div", { className: "latex" }, drawFormula(found ?? text, true)) };
};
