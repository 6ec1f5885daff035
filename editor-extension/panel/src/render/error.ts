/** Draws the exception of a failed cell: its message, links to its frames, and the traceback. */

import { h } from "../dom";
import type { ErrorOutput, TracebackFrame } from "../protocol";
import { TextView } from "../text/textView";
import { stripEscapes } from "../text/ansi";
import type { DrawnOutput, OutputContext } from "./types";

export function drawError(output: ErrorOutput, around: OutputContext): DrawnOutput {
  const title = h(
    "div",
    { className: "error-title" },
    h("span", { className: "error-name" }, output.name),
    output.message === "" ? null : `: ${stripEscapes(output.message)}`,
  );
  const frames = (output.frames ?? []).filter((frame) => frame.uri !== undefined);
  const places = h("ul", { className: "frames" }, ...frames.map((frame) => place(frame, around)));
  const element = h("div", { className: "error-output" }, title, frames.length > 0 && places);
  element.setAttribute("role", "alert");
  const traceback = (output.traceback ?? []).join("\n");
  if (traceback === "") return { element };
  const view = new TextView("traceback", () => around.drawn());
  view.show(traceback);
  const whole = h("details", { open: true }, h("summary", {}, "Traceback"), view.element);
  whole.addEventListener("toggle", () => view.attached());
  element.append(whole);
  return { element, attached: () => view.attached(), reveal: (line) => view.reveal(line) };
}

function place(frame: TracebackFrame, around: OutputContext): HTMLElement {
  const { uri = "", range } = frame;
  const name = decodeURIComponent(uri.split("/").pop() ?? uri);
  const where = range === undefined ? name : `${name}:${range.start.line + 1}`;
  const link = h("button", { className: "link", type: "button", title: decodeURIComponent(uri) }, where);
  link.addEventListener("click", () => {
    const start = { line: 0, character: 0 };
    around.reveal(uri, range ?? { start, end: start });
  });
  return h("li", {}, link, frame.name === "<module>" ? null : ` in ${frame.name}`);
}
