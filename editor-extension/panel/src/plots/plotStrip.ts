/**
 * The thumbnails of all plots, oldest first.
 *
 * Owns which images are loaded: those in sight and some around them, one after the other. The images of
 * other thumbnails are dropped, so that a long history costs no more memory than a short one.
 */

import { h } from "../dom";
import type { Plot, PlotResult } from "../protocol";
import { addressOf, timeOf, titleOf } from "./plotImage";

const LOAD_MARGIN = "0px 400px";

export interface StripOptions {
  load(plot: Plot): Promise<PlotResult | undefined>;
  select(plot: Plot, second: boolean): void;
}

interface Thumbnail {
  plot: Plot;
  button: HTMLButtonElement;
  image: HTMLImageElement;
  near: boolean;
}

export class PlotStrip {
  readonly element = h("div", { className: "plot-strip", aria: { role: "listbox", label: "Plots" } });
  private readonly thumbnails = new Map<string, Thumbnail>();
  private readonly observer: IntersectionObserver;
  private waiting: Thumbnail[] = [];
  private loading = false;

  constructor(private readonly options: StripOptions) {
    this.observer = new IntersectionObserver((entries) => this.visibilityChanged(entries), { root: this.element, rootMargin: LOAD_MARGIN });
  }

  /** Show these plots; thumbnails that are known stay as they are. */
  show(plots: readonly Plot[]): void {
    const kept = new Set(plots.map(keyOf));
    for (const [key, { button }] of this.thumbnails) {
      if (kept.has(key)) continue;
      this.observer.unobserve(button);
      button.remove();
      this.thumbnails.delete(key);
    }
    let before: Element | null = null;
    for (const plot of plots) {
      const { button } = this.thumbnails.get(keyOf(plot)) ?? this.create(plot);
      const next: Element | null = before === null ? this.element.firstElementChild : before.nextElementSibling;
      if (next !== button) this.element.insertBefore(button, next);
      before = button;
    }
  }

  /** Mark the selected plot, and the one that is compared with it. */
  mark(selected: Plot | undefined, second: Plot | undefined): void {
    for (const { plot, button } of this.thumbnails.values()) {
      const isSelected = plot.id === selected?.id;
      button.setAttribute("aria-selected", String(isSelected || plot.id === second?.id));
      button.classList.toggle("second", plot.id === second?.id);
      button.tabIndex = isSelected ? 0 : -1;
      if (isSelected) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  private create(plot: Plot): Thumbnail {
    const image = h("img", { alt: "", draggable: false });
    const button = h("button", { className: "plot-thumbnail", type: "button", data: { plot: keyOf(plot) } },
      h("span", { className: "plot-picture" }, image),
      h("span", { className: "plot-title" }, titleOf(plot)),
      h("span", { className: "plot-time" }, timeOf(plot)),
    );
    button.setAttribute("role", "option");
    button.title = `${titleOf(plot)}, ${timeOf(plot)}\nCtrl+click compares it with the selected plot`;
    button.addEventListener("click", (event) => this.options.select(plot, event.ctrlKey || event.metaKey || event.shiftKey));
    const thumbnail = { plot, button, image, near: false };
    this.thumbnails.set(keyOf(plot), thumbnail);
    this.observer.observe(button);
    return thumbnail;
  }

  private visibilityChanged(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const thumbnail = this.thumbnails.get((target as HTMLElement).dataset["plot"] ?? "");
      if (thumbnail === undefined) continue;
      thumbnail.near = isIntersecting;
      if (!isIntersecting) thumbnail.image.removeAttribute("src");
      else if (!thumbnail.image.hasAttribute("src")) this.waiting.push(thumbnail);
    }
    void this.loadNext();
  }

  private isNear(thumbnail: Thumbnail): boolean {
    return thumbnail.near;
  }

  private async loadNext(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (!this.isNear(next) || next.image.hasAttribute("src")) continue;
      const image = await this.options.load(next.plot);
      // Meanwhile it may have been scrolled out of sight.
      if (image !== undefined && this.isNear(next)) next.image.src = addressOf(image);
    }
    this.loading = false;
  }
}

/** Return the key of a thumbnail: a plot that is updated gets a new one. */
function keyOf(plot: Plot): string {
  return `${plot.id} ${plot.createdAt} ${plot.size}`;
}
