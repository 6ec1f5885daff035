/**
 * The history of plots: a strip of thumbnails, and the selected plot with its actions.
 *
 * Owns the selection. A new plot is selected by itself while the latest one is.
 */

import { h, iconButton, textButton } from "../dom";
import type { Host } from "../host";
import type { Plot, PlotParams, PlotResult, PlotsResult } from "../protocol";
import { formatSize } from "../render/mimeValues";
import { encodingOf, fileNameOf, timeOf, titleOf, toPng } from "./plotImage";
import { PlotStage, type ShownPlot } from "./plotStage";
import { PlotStrip } from "./plotStrip";

/** The factor on the resolution of a figure that is drawn again for the window. */
const SHARP = 3;
/** The ways to save a plot: the label, and the params of the request besides the plot. */
const FORMATS: Record<string, { label: string; params: Partial<PlotParams> }> = {
  stored: { label: "As displayed", params: {} },
  png2: { label: "PNG, 2 × resolution", params: { format: "png", scale: 2 } },
  png4: { label: "PNG, 4 × resolution", params: { format: "png", scale: 4 } },
  svg: { label: "SVG", params: { format: "svg" } },
  pdf: { label: "PDF", params: { format: "pdf" } },
};

export class PlotsView {
  readonly element: HTMLElement;
  private uri = "";
  private shown = false;
  private outdated = true;
  private generation = 0;
  private plots: Plot[] = [];
  private dropped = 0;
  private selected: Plot | undefined;
  private second: Plot | undefined;
  private readonly stage = new PlotStage();
  private readonly strip = new PlotStrip({
    load: (plot) => this.request(plot, {}).catch(() => undefined),
    select: (plot, second) => this.select(plot, second),
  });
  private readonly empty = h("div", { className: "empty" });
  private readonly note = h("div", { className: "plot-note", hidden: true, aria: { role: "status" } });
  private readonly content: HTMLElement;
  private readonly caption = h("button", { className: "cell-title", type: "button", title: "Go to the cell" });
  private readonly details = h("span", { className: "plot-details" });
  private readonly rerun = iconButton("run", "Run the cell again", () => this.runCell());
  private readonly sharpen = textButton("Draw at higher resolution", () => void this.drawAgain());
  private readonly compare = textButton("Compare", () => this.toggleComparison());
  private readonly save = h("select", { title: "Save the plot as a file", aria: { label: "Save the plot as a file" } });

  constructor(private readonly host: Host) {
    this.caption.addEventListener("click", () => this.goToCell());
    this.save.addEventListener("change", () => void this.saveAs());
    const bar = h("div", { className: "bar-row plot-bar" },
      this.caption, this.details, this.rerun, this.sharpen, this.compare, this.save,
      iconButton("copy", "Copy the image", () => void this.copy()),
      h("span", { className: "plot-zooms" },
        textButton("−", () => this.stage.zoom(-1)), this.stage.level, textButton("+", () => this.stage.zoom(1)),
        textButton("Fit", () => this.stage.fit()), textButton("100 %", () => this.stage.actualSize()),
      ),
    );
    this.stage.element.title = "Ctrl+wheel zooms, dragging moves the plot; ← and → select another one";
    this.content = h("div", { className: "plot-content" }, bar, this.note, this.stage.element, this.strip.element);
    this.element = h("div", { className: "plots" }, this.empty, this.content);
    this.element.addEventListener("keydown", (event) => this.handleKey(event));
    this.draw();
  }

  setDocument(uri: string): void {
    if (uri !== this.uri) {
      this.plots = [];
      this.selected = this.second = undefined;
    }
    this.uri = uri;
    this.plotsChanged();
  }

  /** Load the history again after a change, once the view is visible. */
  plotsChanged(): void {
    this.outdated = true;
    if (this.shown) void this.load();
  }

  setVisible(shown: boolean): void {
    this.shown = shown;
    if (shown && this.outdated) void this.load();
  }

  private async load(): Promise<void> {
    this.outdated = false;
    const generation = ++this.generation;
    let found: PlotsResult = { plots: [] };
    let problem = "";
    if (this.uri !== "") {
      try {
        found = await this.host.request<PlotsResult>("cellbridge/plots", { uri: this.uri });
      } catch (error) {
        problem = messageOf(error);
      }
    }
    if (generation !== this.generation) return;
    const last = this.plots.at(-1);
    const follows = this.selected === undefined || this.selected.id === last?.id;
    this.plots = found.plots;
    this.dropped = found.dropped ?? 0;
    const known = (plot: Plot | undefined): Plot | undefined => this.plots.find((one) => one.id === plot?.id);
    const before = this.selected;
    this.selected = (follows ? undefined : known(this.selected)) ?? this.plots.at(-1);
    this.second = known(this.second);
    this.draw(problem);
    const same = before?.id === this.selected?.id && before?.createdAt === this.selected?.createdAt && before?.size === this.selected?.size;
    if (!same || this.second !== undefined) await this.showSelected();
  }

  private draw(problem = ""): void {
    const none = this.uri === "" ? "Open a script to see its plots." : "No cell has displayed a plot yet. Plots stay here when their cells run again.";
    this.empty.textContent = problem === "" ? none : problem;
    this.empty.hidden = this.plots.length > 0;
    this.content.hidden = this.plots.length === 0;
    this.strip.show(this.plots);
    this.drawSelection();
  }

  private drawSelection(): void {
    const plot = this.selected;
    this.strip.mark(plot, this.second);
    if (plot === undefined) return;
    const at = this.plots.findIndex(({ id }) => id === plot.id) + 1;
    const size = plot.width > 0 ? `${plot.width} × ${plot.height}, ` : "";
    const older = this.dropped > 0 ? `, ${this.dropped} older removed` : "";
    this.caption.textContent = titleOf(plot);
    this.caption.disabled = plot.cell === "";
    this.details.textContent = `${timeOf(plot)}, ${size}${formatSize(plot.size)}, ${at} of ${this.plots.length}${older}`;
    this.rerun.disabled = plot.cell === "";
    this.sharpen.disabled = plot.alive !== true;
    this.sharpen.title = plot.alive === true ? "" : "The figure no longer exists in the kernel, or took too long to draw. Run the cell again.";
    this.compare.disabled = this.second === undefined && this.otherRun(plot) === undefined;
    this.compare.title = "Show this plot next to the previous plot of its cell; Ctrl+click on a thumbnail selects another one";
    this.compare.setAttribute("aria-pressed", String(this.second !== undefined));
    const formats = Object.entries(FORMATS).filter(([key]) => key === "stored" || plot.alive === true);
    const options = formats.map(([key, { label }]) => h("option", { value: key }, label));
    this.save.replaceChildren(h("option", { value: "" }, "Save…"), ...options);
  }

  private select(plot: Plot, second = false): void {
    if (!second) [this.selected, this.second] = [plot, undefined];
    else this.second = plot.id === this.selected?.id || plot.id === this.second?.id ? undefined : plot;
    this.drawSelection();
    void this.showSelected();
  }

  /** Show the selected plot, and the one that is compared with it; the older one is on the left. */
  private async showSelected(): Promise<void> {
    const { selected, second } = this;
    this.say("");
    const wanted = [second, selected].filter((plot) => plot !== undefined);
    wanted.sort((one, other) => this.plots.indexOf(one) - this.plots.indexOf(other));
    try {
      const images = await Promise.all(wanted.map((plot) => this.request(plot, {})));
      if (selected?.id !== this.selected?.id || second?.id !== this.second?.id) return;
      this.stage.show(wanted.map((plot, at) => ({ plot, image: images[at] }) as ShownPlot));
    } catch (error) {
      this.say(messageOf(error));
    }
  }

  private toggleComparison(): void {
    if (this.selected === undefined) return;
    this.second = this.second === undefined ? this.otherRun(this.selected) : undefined;
    this.drawSelection();
    void this.showSelected();
  }

  /** Return the plot of another run of the same cell: the one before, or else the one after. */
  private otherRun(plot: Plot): Plot | undefined {
    const at = this.plots.findIndex(({ id }) => id === plot.id);
    const other = (one: Plot): boolean => one.cell !== "" && one.cell === plot.cell && one.run !== plot.run;
    return this.plots.slice(0, Math.max(0, at)).findLast(other) ?? this.plots.slice(at + 1).find(other);
  }

  private async drawAgain(): Promise<void> {
    const plot = this.selected;
    if (plot === undefined) return;
    const image = await this.drawn(plot, { format: "png", scale: SHARP });
    if (image !== undefined && plot.id === this.selected?.id) {
      this.second = undefined;
      this.drawSelection();
      this.stage.show([{ plot, image }]);
      this.say("Drawn at a higher resolution.");
    }
  }

  private async saveAs(): Promise<void> {
    const plot = this.selected;
    const format = FORMATS[this.save.value];
    this.save.value = "";
    if (plot === undefined || format === undefined) return;
    const image = await this.drawn(plot, format.params);
    if (image !== undefined) this.host.save(fileNameOf(plot, image.mime), image.data, encodingOf(image));
  }

  /** Return an image as requested; undefined, with a message, if the figure was not drawn again. */
  private async drawn(plot: Plot, params: Partial<PlotParams>): Promise<PlotResult | undefined> {
    this.say(params.format === undefined ? "" : "Drawing the figure…");
    try {
      const image = await this.request(plot, params);
      this.say(image.message ?? "");
      return params.format === undefined || image.redrawn === true ? image : undefined;
    } catch (error) {
      this.say(messageOf(error));
      return undefined;
    }
  }

  private async copy(): Promise<void> {
    const picture = this.stage.picture;
    if (picture === undefined) return;
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": toPng(picture) })]);
      this.say("The image was copied.");
    } catch (error) {
      this.say(`The image could not be copied (${messageOf(error)}). Save it as a file.`);
    }
  }

  private goToCell(): void {
    if (this.selected !== undefined && this.selected.cell !== "") this.host.goto(this.uri, this.selected.cell);
  }

  private runCell(): void {
    const cell = this.selected?.cell ?? "";
    if (cell === "") return;
    // The new plot is selected when it comes, because the latest one is selected now.
    const last = this.plots.at(-1);
    if (last !== undefined && last.id !== this.selected?.id) this.select(last);
    this.host.command("cellbridge.runCell", { uri: this.uri, cell, wait: false });
  }

  private request(plot: Plot, params: Partial<PlotParams>): Promise<PlotResult> {
    return this.host.request<PlotResult>("cellbridge/plot", { uri: this.uri, id: plot.id, ...params });
  }

  private say(text: string): void {
    this.note.textContent = text;
    this.note.hidden = text === "";
  }

  private handleKey(event: KeyboardEvent): void {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.plots.findIndex(({ id }) => id === this.selected?.id);
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.plots.length - 1 };
    const next = this.plots[moves[event.key] ?? -1];
    if (next !== undefined) this.select(next);
    else if (event.key === "+" || event.key === "=") this.stage.zoom(1);
    else if (event.key === "-") this.stage.zoom(-1);
    else if (event.key === "0") this.stage.fit();
    else if (event.key === "1") this.stage.actualSize();
    else if (!(event.key in moves)) return;
    event.preventDefault();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
