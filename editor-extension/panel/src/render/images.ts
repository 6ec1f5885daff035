/** Draws images and PDFs. An SVG is drawn as an `img` element, so that its scripts do not run. */

import { h } from "../dom";
import type { Renderer } from "./types";
import { isRecord, formatSize, textOf } from "./mimeValues";

function createImage(url: string, mime: string, metadata: Record<string, unknown>): HTMLElement {
  const image = h("img", { className: "image", src: url, alt: `Image (${mime})` });
  const own = isRecord(metadata[mime]) ? metadata[mime] : metadata;
  if (typeof own["width"] === "number") image.style.width = `${own["width"]}px`;
  if (typeof own["height"] === "number") image.style.height = `${own["height"]}px`;
  return h("div", { className: own["needs_background"] === "light" ? "on-light" : "" }, image);
}

export const imageRenderer: Renderer = (content, mime, _around, metadata) => ({
  element: createImage(`data:${mime};base64,${textOf(content).replace(/\s/g, "")}`, mime, metadata),
});

export const svgRenderer: Renderer = (content, mime, _around, metadata) => ({
  element: createImage(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(content))}`, mime, metadata),
});

export const pdfRenderer: Renderer = (content, _mime, around) => {
  const data = textOf(content).replace(/\s/g, "");
  const link = h("button", { className: "text-button", type: "button" }, "Save the PDF");
  link.addEventListener("click", () => around.save("output.pdf", data, "base64"));
  return {
    element: h("div", { className: "notice" }, `A PDF of ${formatSize((data.length * 3) / 4)}. `, link),
  };
};
