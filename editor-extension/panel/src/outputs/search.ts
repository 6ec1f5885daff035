/**
 * Search in all cells and their outputs.
 *
 * Owns the matching and the highlighting. The CSS Custom Highlight API marks matches, so that drawn
 * elements do not change.
 */

import { asText } from "../render/output";
import type { ShownCell } from "../cellStore";

export interface Match {
  cell: string;
  /** The index of the output; `IN_SOURCE` for the text of the cell itself. */
  output: number;
  line: number;
}

export const IN_SOURCE = -1;

/** Maximum number of matches. */
const MATCH_LIMIT = 5000;

/** Return the matches of `query` in cells and their outputs, one for each line, ignoring case. */
export function findAll(
  cells: readonly ShownCell[],
  query: string,
  sourceOf: (cell: ShownCell) => string = () => "",
): Match[] {
  const wanted = query.toLowerCase();
  const found: Match[] = [];
  if (wanted === "") return found;
  for (const cell of cells) {
    if (found.length >= MATCH_LIMIT) break;
    const add = (output: number, text: string): void => {
      for (const line of linesWith(wanted, text.toLowerCase())) {
        if (found.length < MATCH_LIMIT) found.push({ cell: cell.id, output, line });
      }
    };
    add(IN_SOURCE, sourceOf(cell));
    cell.outputs.forEach((output, index) => add(index, asText(output)));
  }
  return found;
}

/** Return the numbers of the lines of `text` that contain `wanted`, from 0. */
function* linesWith(wanted: string, text: string): Generator<number> {
  let line = 0;
  let counted = 0;
  let at = text.indexOf(wanted);
  while (at >= 0) {
    for (let end = text.indexOf("\n", counted); end >= 0 && end < at; end = text.indexOf("\n", counted)) {
      line += 1;
      counted = end + 1;
    }
    yield line;
    const next = text.indexOf("\n", at);
    at = next < 0 ? -1 : text.indexOf(wanted, next);
  }
}

/** Return the ranges of `query` in the drawn text of `root`. */
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

/** Return the blocks of text, such as lines and table cells. Matches do not cross their borders. */
function textBlocks(root: Element): Element[] {
  const found = [...root.querySelectorAll(".line, td, th, p, li, h1, h2, h3, h4, .error-title, .json-leaf, summary, .notice")];
  return found.filter((element) => !found.some((other) => other !== element && element.contains(other)));
}

const ALL_MATCHES = "cellbridge-found";
const CURRENT_MATCH = "cellbridge-current";

/** Highlight ranges in the page, one of them as the current match. */
export function highlight(ranges: readonly Range[], current: Range | undefined): void {
  // Older browsers without highlights can still scroll to each match.
  if (!("highlights" in CSS)) return;
  CSS.highlights.set(ALL_MATCHES, new Highlight(...ranges));
  if (current === undefined) CSS.highlights.delete(CURRENT_MATCH);
  else CSS.highlights.set(CURRENT_MATCH, new Highlight(current));
}
