/**
 * One cell of the page: its head, its text where the page shows it, and its outputs.
 *
 * Outputs are drawn when they are near the visible area, and removed when they are far from it. The cell
 * then keeps its height, so that nothing moves.
 */

import { h, iconButton, textButton } from "../dom";
import type { Host } from "../host";
import type { Output, Run } from "../protocol";
import { asFile, asText, drawOutput } from "../render/output";
import type { DrawnOutput, OutputContext } from "../render/types";
import { formatDuration } from "../render/mimeValues";
import { authorOf, type ShownCell } from "../cellStore";
import { IN_SOURCE } from "./search";
import { widgetSessionOf } from "../widgets/widgetSession";

interface DrawnSlot {
  output: Output;
  drawn: DrawnOutput;
  element: HTMLElement;
}

/** The text of a cell, between its head and its outputs. */
export interface CellSource {
  readonly element: HTMLElement;
  /** Show a new state of the cell, or of its text. */
  update(cell: ShownCell): void;
  /** Scroll to a line. Return its element, if it is drawn. */
  reveal(line: number): HTMLElement | undefined;
}

/** The services of the page for a cell. */
export interface CellContext {
  host: Host;
  /** Create the text of a cell. A page without it shows outputs only. */
  createSource?: ((cell: ShownCell) => CellSource) | undefined;
  uri(): string;
  /** Called after outputs were drawn. */
  drawn(): void;
  now(): number;
}

export class CellView {
  readonly element: HTMLElement;
  private readonly head = h("header");
  private readonly body = h("div", { className: "cell-outputs" });
  private readonly input = h("div", { className: "cell-input", hidden: true });
  private readonly state = h("span", { className: "state" });
  private readonly unfold = h("button", { className: "link unfold", type: "button", hidden: true });
  private source: CellSource | undefined;
  private slots: DrawnSlot[] = [];
  private mounted = false;
  private folded = false;
  private question = "";

  constructor(public cell: ShownCell, private readonly context: CellContext) {
    this.element = h(
      "section",
      { className: "cell", data: { cell: cell.id, kind: cell.kind } },
      this.head,
      this.body,
      this.unfold,
      this.input,
    );
    this.drawHead();
    this.drawInput();
  }

  /** Show a new state of the cell. */
  update(cell: ShownCell): void {
    this.cell = cell;
    this.element.dataset["kind"] = cell.kind;
    this.drawHead();
    this.drawInput();
    this.source?.update(cell);
    if (this.mounted) this.drawOutputs();
  }

  /** Draw the text of the cell again, after it or its folding has changed. */
  updateSource(): void {
    this.source?.update(this.cell);
  }

  /** Hide the outputs, or show them. `show` is called when the user requests to see them. */
  fold(folded: boolean, show: () => void): void {
    this.folded = folded;
    this.unfold.onclick = show;
    this.drawFold();
  }

  /** Draw the text and the outputs. */
  mount(): void {
    if (this.mounted) return;
    this.mounted = true;
    if (this.source === undefined && this.context.createSource !== undefined) {
      this.source = this.context.createSource(this.cell);
      this.head.after(this.source.element);
    }
    this.drawOutputs();
    this.body.style.minHeight = "";
  }

  /** Remove the drawn outputs, but keep their height. */
  unmount(): void {
    if (!this.mounted) return;
    this.body.style.minHeight = `${this.body.getBoundingClientRect().height}px`;
    this.mounted = false;
    this.release(0);
  }

  dispose(): void {
    this.release(0);
    this.element.remove();
  }

  /** Draw the outputs again, for example after a change of the theme. */
  redraw(): void {
    this.release(0);
    if (this.mounted) this.drawOutputs();
  }

  /** Scroll to a line of an output. Return the element of the line, if it is drawn. */
  reveal(output: number, line: number): HTMLElement | undefined {
    this.mount();
    if (output === IN_SOURCE) return this.source?.reveal(line);
    const slot = this.slots[output];
    return slot?.drawn.reveal?.(line) ?? slot?.element;
  }

  /** Update the duration of a running cell. */
  updateDuration(): void {
    if (this.cell.run?.state === "running") this.drawState();
  }

  private release(from: number): void {
    for (const slot of this.slots.splice(from)) {
      slot.drawn.dispose?.();
      slot.element.remove();
    }
  }

  private drawOutputs(): void {
    const { outputs } = this.cell;
    this.release(outputs.length);
    this.drawFold();
    outputs.forEach((output, at) => {
      const slot = this.slots[at];
      if (slot?.output === output) return;
      if (slot?.drawn.update?.(output) === true) {
        slot.output = output;
        return;
      }
      this.drawOutput(output, at);
    });
    this.context.drawn();
  }

  private drawFold(): void {
    const { length } = this.cell.outputs;
    this.body.hidden = this.folded;
    this.unfold.hidden = !this.folded || length === 0;
    this.unfold.textContent = `${length} ${length === 1 ? "output" : "outputs"} hidden`;
  }

  private drawOutput(output: Output, at: number): void {
    const drawn = drawOutput(output, this.surroundings(at));
    const tools = h(
      "div",
      { className: "output-tools" },
      iconButton("copy", "Copy this output", () => this.copy(at)),
      iconButton("save", "Save this output", () => this.save(at)),
    );
    const element = h("div", { className: `output ${output.kind}` }, tools, drawn.element);
    const old = this.slots[at];
    if (old === undefined) this.body.append(element);
    else {
      old.drawn.dispose?.();
      old.element.replaceWith(element);
    }
    this.slots[at] = { output, drawn, element };
    drawn.attached?.();
  }

  private surroundings(at: number): OutputContext {
    const { host } = this.context;
    return {
      open: (url) => host.open(url),
      reveal: (uri, range) => host.reveal(uri, range),
      save: (name, data, encoding) => host.save(name, data, encoding),
      fetch: (mime) => this.fetch(at, mime),
      drawn: () => this.context.drawn(),
      widgets: () => widgetSessionOf(host, this.context.uri()),
    };
  }

  private async fetch(at: number, mime: string): Promise<unknown> {
    const run = this.cell.run?.id;
    if (run === undefined) throw new Error("The run of this output no longer exists. Run the cell again.");
    const params = { uri: this.context.uri(), run, output: at, ...(mime === "" ? {} : { mime }) };
    const { outputs } = await this.context.host.request<{ outputs: Output[] }>("cellbridge/outputs", params);
    const found = outputs[0];
    if (found === undefined) throw new Error("This output no longer exists. Run the cell again.");
    if (found.kind === "stream") return found.text;
    return found.kind === "error" ? (found.traceback ?? []).join("\n") : found.data[mime];
  }

  private copy(at: number): void {
    const output = this.slots[at]?.output;
    if (output === undefined) return;
    const image = output.kind === "display" || output.kind === "result" ? output.data["image/png"] : undefined;
    if (typeof image !== "string" || !("ClipboardItem" in window)) {
      this.context.host.copy(asText(output));
      return;
    }
    const bytes = Uint8Array.from(atob(image.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
    const item = new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) });
    // If the page may not write images to the clipboard, the text of the output is copied.
    navigator.clipboard.write([item]).catch(() => this.context.host.copy(asText(output)));
  }

  private save(at: number): void {
    const output = this.slots[at]?.output;
    if (output === undefined) return;
    const { name, data, encoding } = asFile(output);
    this.context.host.save(name, data, encoding);
  }

  private drawHead(): void {
    const { cell } = this;
    const { run } = cell;
    const uri = this.context.uri();
    const name = cell.title === "" ? `Cell ${cell.index + 1}` : cell.title;
    const id = cell.partOf ?? cell.id;
    const cleared = cell.partOf === undefined ? { cell: id } : { runs: run === undefined ? [] : [run.id] };
    const go = h("button", { className: "cell-title", type: "button", title: "Go to cell" }, name);
    go.addEventListener("click", () => this.context.host.goto(uri, id));
    const busy = run?.state === "running" || run?.state === "queued";
    const state = run === undefined ? "none" : run.state;
    const shown = run?.interrupted === true ? "cancelled" : state;
    this.element.dataset["state"] = ["ok", "error"].includes(shown) && !cell.fresh ? "stale" : shown;
    this.element.classList.toggle("untitled", cell.title === "");
    this.drawState();
    // A button that has the focus is replaced by its successor.
    const focused = this.head.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : undefined;
    this.head.replaceChildren(
      h("span", { className: "count" }, run?.count === undefined ? "[ ]" : `[${run.count}]`),
      go,
      this.state,
      h(
        "span",
        { className: "cell-tools" },
        busy
          ? iconButton("stop", "Interrupt", () => this.context.host.command("cellbridge.interrupt", { uri }))
          : iconButton("run", "Run this cell", () => this.context.host.command("cellbridge.runCell", { uri, cell: id, wait: false })),
        iconButton("copy", "Copy the cell's outputs as text", () => this.context.host.copy(cell.outputs.map(asText).join("\n"))),
        iconButton("clear", "Clear the cell's outputs", () => this.context.host.command("cellbridge.clearOutputs", { uri, ...cleared })),
      ),
    );
    if (focused === undefined) return;
    const buttons = [...this.head.querySelectorAll<HTMLElement>("button")];
    (buttons.find((button) => button.getAttribute("aria-label") === focused) ?? buttons[1])?.focus({ preventScroll: true });
  }

  private drawState(): void {
    const { run, mark } = this.cell;
    this.state.textContent = run === undefined ? "" : describeRun(run, mark ?? "", this.context.now());
  }

  /** Draw a field for `input()`, once for each question, so that typing is not interrupted. */
  private drawInput(): void {
    const { run } = this.cell;
    const waiting = run?.waiting;
    const key = waiting === undefined ? "" : `${run?.id ?? ""} ${waiting.number ?? 1}`;
    if (key === this.question) return;
    this.question = key;
    this.input.hidden = waiting === undefined;
    this.input.replaceChildren();
    if (waiting === undefined) return;
    const field = h("input", { type: waiting.password === true ? "password" : "text", autocomplete: "off" });
    field.setAttribute("aria-label", waiting.prompt || "Input");
    const answer = (): void => {
      this.context.host.command("cellbridge.answerInput", { uri: this.context.uri(), text: field.value });
      field.disabled = true;
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") answer();
    });
    this.input.append(h("span", { className: "prompt" }, waiting.prompt || "input()"), field, textButton("Send", answer));
    field.focus({ preventScroll: true });
  }
}

function describeRun(run: Run, mark: string, now: number): string {
  return [describeState(run, now), authorOf(run), mark].filter((words) => words !== "").join(", ");
}

function describeState(run: Run, now: number): string {
  const ran = run.startedAt === undefined ? "" : formatDuration(Math.max(0, (run.endedAt ?? now) - run.startedAt));
  switch (run.state) {
    case "queued":
      return "queued";
    case "running":
      return run.waiting === undefined ? `running ${ran}` : "waits for input";
    case "ok":
      return run.exitCode === 0 ? `exited after ${ran}` : ran;
    case "error":
      if (run.interrupted === true) return `interrupted after ${ran}`;
      return run.note ?? `failed after ${ran}`;
    case "cancelled":
      return run.note ?? "cancelled";
    default:
      return run.note ?? "the kernel was lost";
  }
}
