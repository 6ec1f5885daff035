/**
 * Looking for words in all outputs.
 *
 * Owns what was found and which of it is looked at. What is in the page is marked by the browser's own
 * highlights, so that nothing that was drawn is changed.
 */

import { asText } from "../render/output";
import type { ShownCell } from "../cellStore";

export interface Match {
  cell: string;
  output: number;
  line: number;
}

/** More matches than this are counted but not gone through. */
const MATCH_LIMIT = 5000;

/** Return where `query` occurs in outputs, one match for each line, whatever the case. */
export function findAll(cells: readonly ShownCell[], query: string): Match[] {
  const wanted = query.toLowerCase();
  const found: Match[] = [];
  if (wanted === "") return found;
  for (const cell of cells) {
    for (const [output, shown] of cell.outputs.entries()) {
      const text = asText(shown).toLowerCase();
      let line = 0;
      let counted = 0;
      let at = text.indexOf(wanted);
      while (at >= 0 && found.length < MATCH_LIMIT) {
        for (let end = text.indexOf("\n", counted); end >= 0 && end < at; end = text.indexOf("\n", counted)) {
          line += 1;
          counted = end + 1;
        }
        found.push({ cell: cell.id, output, line });
        const next = text.indexOf("\n", at);
        at = next < 0 ? -1 : text.indexOf(wanted, next);
      }
    }
  }
  return found;
}

/** Return the ranges of `query` within what is drawn in `root`. */
export function rangesIn(root: Element, query: string): Range[] {
  const wanted = query.toLowerCase();
  const ranges: Range[] = [];
  if (wanted === "") return ranges;
  for (const block of textBlocks(root)) {
    const nodes: { node: Text; start: number }[] = [];
    let text = "";
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!(walker.currentNode instanceof Text)) continue;
      nodes.push({ node: walker.currentNode, start: text.length });
      text += walker.currentNode.data;
    }
    const lower = text.toLowerCase();
    for (let at = lower.indexOf(wanted); at >= 0 && ranges.length < MATCH_LIMIT; at = lower.indexOf(wanted, at + wanted.length)) {
      const begin = nodes.findLast((entry) => entry.start <= at);
      const end = nodes.findLast((entry) => entry.start < at + wanted.length);
      if (begin === undefined || end === undefined) continue;
      const range = document.createRange();
      range.setStart(begin.node, at - begin.start);
      range.setEnd(end.node, Math.min(end.node.length, at + wanted.length - end.start));
      ranges.push(range);
    }
  }
  return ranges;
}

/** Lines, cells of tables and the like: words do not run across them. */
function textBlocks(root: Element): Element[] {
  const found = [...root.querySelectorAll(".line, td, th, p, li, h1, h2, h3, h4, .error-title, .json-leaf, summary, .notice")];
  return found.filter((element) => !found.some((other) => other !== element && element.contains(other)));
}

const ALL_MATCHES = "cellbridge-found";
const CURRENT_MATCH = "cellbridge-current";

/** Mark ranges in the page, one of them as the one looked at. */
export function highlight(ranges: readonly Range[], current: Range | undefined): void {
  // An older browser without highlights still goes to each match.
  if (!("highlights" in CSS)) return;
  CSS.highlights.set(ALL_MATCHES, new Highlight(...ranges));
  if (current === undefined) CSS.highlights.delete(CURRENT_MATCH);
  else CSS.highlights.set(CURRENT_MATCH, new Highlight(current));
}
