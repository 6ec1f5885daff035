/** Draws the text that a cell wrote to stdout or stderr. */

import { h, textButton } from "../dom";
import type { TextOutput } from "../protocol";
import { TextView } from "../text/textView";
import type { DrawnOutput, OutputContext } from "./types";
import { textOf } from "./mimeValues";

/** Draw a stream. Its omitted middle part is fetched when the user requests it. */
export function drawStream(output: TextOutput, around: OutputContext): DrawnOutput {
  const name = output.name;
  const view = new TextView(name, () => around.drawn());
  const gap = h("div", { className: "gap" });
  const tail = new TextView(name, () => around.drawn());
  const element = h("div", { className: `stream ${name}` }, view.element);
  let isWhole = false;
  let shown = output;
  const show = (current: TextOutput): void => {
    const end = current.tail ?? "";
    shown = current;
    view.show(current.text);
    if (end === "" || isWhole) {
      gap.remove();
      tail.element.remove();
      return;
    }
    const hidden = current.chars - current.text.length - end.length;
    const words = `${hidden.toLocaleString("en")} characters are not shown here. `;
    gap.replaceChildren(words, textButton("Show all", () => void all()));
    tail.show(end);
    if (!gap.isConnected) element.append(gap, tail.element);
    tail.attached();
  };
  const all = async (): Promise<void> => {
    gap.replaceChildren("Fetching the whole text …");
    try {
      const whole = await around.fetch("");
      isWhole = true;
      gap.remove();
      tail.element.remove();
      view.show(textOf(whole));
    } catch (error) {
      gap.replaceChildren(error instanceof Error ? error.message : String(error));
    }
  };
  show(output);
  return {
    element,
    update: (later) => {
      if (later.kind !== "stream" || later.name !== name) return false;
      isWhole = false;
      show(later);
      return true;
    },
    attached: () => {
      view.attached();
      tail.attached();
    },
    reveal: (line) => {
      const end = shown.tail ?? "";
      const above = isWhole || end === "" ? Infinity : headLines(shown);
      if (isWhole && end !== "" && line >= headLines(shown)) {
        // The line is counted in the sent text, whose tail is the end of the whole text.
        return view.reveal(view.count - linesOf(end) + line - headLines(shown));
      }
      return line < above ? view.reveal(line) : tail.reveal(line - above);
    },
  };
}

/** Return the number of lines above the tail in the sent part of a long text; see `asText`. */
function headLines(output: TextOutput): number {
  return output.text.split("\n").length;
}

function linesOf(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
