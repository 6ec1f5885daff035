/** The Output widget, whose outputs the page's own renderers draw. */

import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";

import type { Output } from "../../protocol";
import { isRecord, textOf } from "../../render/mimeValues";
import { drawOutput } from "../../render/output";
import type { DrawnOutput, OutputContext } from "../../render/types";

/** The number of outputs that are drawn, the last ones. */
const MAX_DRAWN = 300;

/** The module `@jupyter-widgets/output`. */
export const VERSION = "1.0.0";

export class OutputModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    const own = { _model_name: "OutputModel", _view_name: "OutputView", msg_id: "", outputs: [] };
    const module = { _model_module: "@jupyter-widgets/output", _view_module: "@jupyter-widgets/output" };
    return { ...super.defaults(), ...module, _model_module_version: VERSION, _view_module_version: VERSION, ...own };
  }
}

interface Slot {
  key: string;
  drawn: DrawnOutput;
}

export class OutputView extends DOMWidgetView {
  private slots: Slot[] = [];
  private readonly list = document.createElement("div");
  private readonly gap = document.createElement("div");

  override render(): void {
    super.render();
    this.el.classList.add("widget-output", "cellbridge-output");
    this.gap.className = "cellbridge-note";
    this.el.append(this.gap, this.list);
    this.listenTo(this.model, "change:outputs", () => this.draw());
    this.draw();
  }

  override remove(): void {
    this.release(0);
    super.remove();
  }

  private draw(): void {
    const given: unknown = this.model.get("outputs");
    const all = Array.isArray(given) ? given.filter(isRecord) : [];
    const hidden = Math.max(0, all.length - MAX_DRAWN);
    this.gap.textContent = hidden === 0 ? "" : `${hidden} earlier outputs are not shown.`;
    const outputs = all.slice(hidden).map(fromNotebook);
    this.release(outputs.length);
    outputs.forEach((output, at) => {
      const key = JSON.stringify(output);
      const slot = this.slots[at];
      if (slot?.key === key) return;
      if (slot?.drawn.update?.(output) === true) {
        slot.key = key;
        return;
      }
      const drawn = drawOutput(output, CONTEXT);
      if (slot === undefined) this.list.append(drawn.element);
      else {
        slot.drawn.dispose?.();
        slot.drawn.element.replaceWith(drawn.element);
      }
      this.slots[at] = { key, drawn };
      drawn.attached?.();
    });
  }

  private release(from: number): void {
    for (const { drawn } of this.slots.splice(from)) {
      drawn.dispose?.();
      drawn.element.remove();
    }
  }
}

/** The services of the page that a frame has: a link is offered to the user below the frame. */
const CONTEXT: OutputContext = {
  open: (url) => window.parent.parent.postMessage({ open: url }, "*"),
  reveal: () => undefined,
  save: () => undefined,
  fetch: () => Promise.reject(new Error("It is too large for a widget. Display it in a cell.")),
  drawn: () => undefined,
};

/** Convert an output in the format of notebooks. */
export function fromNotebook(output: Record<string, unknown>): Output {
  const { output_type: kind } = output;
  if (kind === "stream") {
    const text = textOf(output["text"] ?? "");
    const lines = text.split("\n").length;
    return { kind: "stream", name: output["name"] === "stderr" ? "stderr" : "stdout", text, chars: text.length, lines };
  }
  if (kind === "error") {
    const traceback = Array.isArray(output["traceback"]) ? output["traceback"].map(String) : [];
    return { kind: "error", name: textOf(output["ename"] ?? ""), message: textOf(output["evalue"] ?? ""), traceback };
  }
  const data = isRecord(output["data"]) ? output["data"] : {};
  return { kind: "display", data, metadata: isRecord(output["metadata"]) ? output["metadata"] : {} };
}
