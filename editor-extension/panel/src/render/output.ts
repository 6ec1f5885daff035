/** Draws any output of a cell, and converts it to text and files. */

import type { Output } from "../protocol";
import { stripEscapes } from "../text/ansi";
import { drawError } from "./error";
import { drawBundle, sortMimes } from "./mimeBundle";
import { drawStream } from "./stream";
import type { DrawnOutput, OutputContext } from "./types";
import { textOf } from "./mimeValues";

export function drawOutput(output: Output, around: OutputContext): DrawnOutput {
  switch (output.kind) {
    case "stream":
      return drawStream(output, around);
    case "error":
      return drawError(output, around);
    default:
      return drawBundle(output, around);
  }
}

/** Return an output as text, for search and for copying. */
export function asText(output: Output): string {
  switch (output.kind) {
    case "stream":
      return stripEscapes(output.tail === undefined ? output.text : `${output.text}\n${output.tail}`);
    case "error": {
      const traceback = output.traceback ?? [];
      return stripEscapes(traceback.length > 0 ? traceback.join("\n") : `${output.name}: ${output.message}`);
    }
    default: {
      const { data } = output;
      const mime = ["text/plain", "text/markdown", "text/latex"].find((kind) => kind in data);
      return mime === undefined ? "" : stripEscapes(textOf(data[mime]));
    }
  }
}

/** Return an output as a file, of the best type that can be a file. */
export function asFile(output: Output): { name: string; data: string; encoding: "utf8" | "base64" } {
  if (output.kind !== "stream" && output.kind !== "error") {
    for (const mime of sortMimes(Object.keys(output.data))) {
      const content = output.data[mime];
      const image = /^image\/(png|jpeg|gif|webp|bmp|avif)$|^application\/(pdf)$/.exec(mime);
      if (image !== null) {
        const data = textOf(content).replace(/\s/g, "");
        return { name: `output.${image[1] ?? image[2] ?? "bin"}`, data, encoding: "base64" };
      }
      const ending = EXTENSIONS[mime] ?? (mime.endsWith("json") ? "json" : undefined);
      if (ending !== undefined && mime !== "text/plain") {
        return { name: `output.${ending}`, data: textOf(content), encoding: "utf8" };
      }
    }
  }
  return { name: "output.txt", data: asText(output), encoding: "utf8" };
}

const EXTENSIONS: Record<string, string> = {
  "image/svg+xml": "svg",
  "text/html": "html",
  "text/markdown": "md",
  "text/latex": "tex",
  "application/javascript": "js",
};
