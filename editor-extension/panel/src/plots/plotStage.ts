/**
 * The large view of one plot, or of two next to each other, with one zoom for both.
 *
 * Owns the zoom: to fit, or a factor on the natural size.
 */

import { h } from "../dom";
import type { Plot, PlotResult } from "../protocol";
import { addressOf, timeOf, titleOf } from "./plotImage";

const SMALLEST = 0.05;
const LARGEST = 20;
const STEP = 1.25;

export interface ShownPlot {
  plot: Plot;
  image: PlotResult;
}

interface Pane {
  element: HTMLElement;
  scroller: HTMLElement;
  picture: HTMLImageElement;
  shown: ShownPlot;
}

export class PlotStage {
  readonly element = h("div", { className: "plot-stage", tabIndex: 0, aria: { label: "Selected plot" } });
  /** The zoom in words, for the tool bar. */
  readonly level = h("span", { className: "plot-zoom", aria: { live: "polite" } });
  private panes: Pane[] = [];
  /** The factor on the natural size; undefined to fit the window. */
  private factor: number | undefined;

  constructor() {
    this.element.addEventListener("wheel", (event) => this.handleWheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.startDrag(event));
    new ResizeObserver(() => this.apply()).observe(this.element);
  }

  /** The loaded image of the first plot; undefined while none is shown. */
  get picture(): HTMLImageElement | undefined {
    return this.panes[0]?.picture;
  }

  /** Show one plot, or two side by side; none empties the view. */
  show(plots: readonly ShownPlot[]): void {
    const places = this.panes.map(({ scroller }) => ({ left: scroller.scrollLeft, top: scroller.scrollTop }));
    this.panes = plots.map((shown) => createPane(shown, plots.length > 1, () => this.apply()));
    this.element.classList.toggle("comparing", plots.length > 1);
    this.element.replaceChildren(...this.panes.map(({ element }) => element));
    this.apply();
    for (const [at, { scroller }] of this.panes.entries()) scroller.scrollTo(places[at] ?? { left: 0, top: 0 });
  }

  fit(): void {
    this.factor = undefined;
    this.apply();
  }

  /** Show the natural size. */
  actualSize(): void {
    this.factor = 1;
    this.apply();
  }

  zoom(steps: number): void {
    this.zoomTo(this.present() * STEP ** steps);
  }

  /** Zoom, and keep the point under the pointer in its place, if there is one. */
  private zoomTo(factor: number, pointer?: { x: number; y: number }): void {
    const before = this.present();
    this.factor = Math.min(LARGEST, Math.max(SMALLEST, factor));
    this.apply();
    const growth = this.factor / before;
    for (const { scroller } of this.panes) {
      const box = scroller.getBoundingClientRect();
      const x = pointer === undefined ? box.width / 2 : (pointer.x - box.left + box.width) % box.width;
      const y = pointer === undefined ? box.height / 2 : (pointer.y - box.top + box.height) % box.height;
      scroller.scrollLeft = (scroller.scrollLeft + x) * growth - x;
      scroller.scrollTop = (scroller.scrollTop + y) * growth - y;
    }
  }

  private present(): number {
    const pane = this.panes[0];
    if (this.factor !== undefined || pane === undefined) return this.factor ?? 1;
    return fitting(pane);
  }

  private apply(): void {
    for (const pane of this.panes) {
      const { width, height } = naturalSize(pane);
      const factor = this.factor ?? fitting(pane);
      pane.picture.style.width = width === 0 ? "" : `${Math.max(1, width * factor)}px`;
      pane.picture.style.height = height === 0 ? "" : `${Math.max(1, height * factor)}px`;
    }
    const percent = Math.round(this.present() * 100);
    this.level.textContent = this.panes.length === 0 ? "" : `${percent} %${this.factor === undefined ? " (fit)" : ""}`;
  }

  private handleWheel(event: WheelEvent): void {
    // Without a key the wheel scrolls, as everywhere; a pinch is reported with Ctrl.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
    event.preventDefault();
    this.zoomTo(this.present() * Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
  }

  private startDrag(event: PointerEvent): void {
    const pane = this.panes.find(({ scroller }) => scroller.contains(event.target as Node));
    if (pane === undefined || event.button !== 0) return;
    const { scroller } = pane;
    const start = { x: event.clientX + scroller.scrollLeft, y: event.clientY + scroller.scrollTop };
    const move = (next: PointerEvent): void => {
      for (const one of this.panes) one.scroller.scrollTo({ left: start.x - next.clientX, top: start.y - next.clientY });
    };
    const end = (): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }
}

function createPane(shown: ShownPlot, titled: boolean, loaded: () => void): Pane {
  const { plot, image } = shown;
  const name = `${titleOf(plot)}, ${timeOf(plot)}`;
  const picture = h("img", { alt: name, draggable: false });
  picture.addEventListener("load", loaded);
  picture.src = addressOf(image);
  const scroller = h("div", { className: "plot-scroller" }, picture);
  const element = h("figure", { className: "plot-pane" }, scroller, titled ? h("figcaption", {}, name) : null);
  return { element, scroller, picture, shown };
}

/** Return the natural size of a plot, which a drawing at a higher resolution does not change. */
function naturalSize({ picture, shown }: Pane): { width: number; height: number } {
  const { width, height } = shown.plot;
  return width > 0 && height > 0 ? { width, height } : { width: picture.naturalWidth, height: picture.naturalHeight };
}

/** Return the factor at which a plot is wholly visible, at most its natural size. */
function fitting(pane: Pane): number {
  const { width, height } = naturalSize(pane);
  const { clientWidth, clientHeight } = pane.scroller;
  if (width === 0 || height === 0 || clientWidth === 0 || clientHeight === 0) return 1;
  return Math.min(1, (clientWidth - 2) / width, (clientHeight - 2) / height);
}
