/**
 * The image of a plot: its address for `img` elements, its file name, and its conversion to PNG.
 *
 * An SVG is shown as an `img` element, in which its scripts do not run.
 */

import type { Plot, PlotResult } from "../protocol";

const SVG = "image/svg+xml";
const SUFFIXES: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  [SVG]: "svg",
  "application/pdf": "pdf",
};

/** Return the address of an image as a `data:` URL. */
export function addressOf({ mime, data }: PlotResult): string {
  if (mime === SVG) return `data:${SVG};charset=utf-8,${encodeURIComponent(data)}`;
  return mime in SUFFIXES ? `data:${mime};base64,${data.replace(/\s/g, "")}` : "";
}

/** Return the encoding in which the data of an image are saved. */
export function encodingOf({ mime }: PlotResult): "utf8" | "base64" {
  return mime === SVG ? "utf8" : "base64";
}

/** Return the name of the file in which an image of a plot is saved. */
export function fileNameOf(plot: Plot, mime: string): string {
  const title = titleOf(plot).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${title === "" ? "plot" : title}.${SUFFIXES[mime] ?? "bin"}`;
}

export function titleOf(plot: Plot): string {
  return plot.title === "" ? "Plot" : plot.title;
}

/** Return the time of a plot, with the day if that is not today. */
export function timeOf(plot: Plot, now: Date = new Date()): string {
  const time = new Date(plot.createdAt * 1000);
  const clock = time.toLocaleTimeString("en-GB");
  return time.toDateString() === now.toDateString() ? clock : `${time.toLocaleDateString("en-CA")} ${clock}`;
}

/** Convert a loaded image to PNG at its natural size. */
export async function toPng(image: HTMLImageElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, image.naturalWidth);
  canvas.height = Math.max(1, image.naturalHeight);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("the image is too large")) : resolve(blob)), "image/png");
  });
}
