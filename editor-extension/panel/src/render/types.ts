/** What drawing an output needs, and what it gives. */

import type { Output, Range } from "../protocol";

/** What a drawn output can ask of its surroundings. */
export interface OutputContext {
  open(url: string): void;
  reveal(uri: string, range: Range): void;
  save(name: string, data: string, encoding: "utf8" | "base64"): void;
  /** Fetch what was left out of an output: a large part of a bundle, or the whole of a long text. */
  fetch(mime: string): Promise<unknown>;
  /** What was drawn has changed by itself, as by scrolling. */
  drawn(): void;
}

/** An output as it stands in the page. */
export interface DrawnOutput {
  readonly element: HTMLElement;
  /** Show a later state of the same output; false where it has to be drawn anew. */
  update?(output: Output): boolean;
  /** Bring the `line`-th line of its text into sight; returns what is drawn of it. */
  reveal?(line: number): HTMLElement | undefined;
  /** To be called when the element has come into the page. */
  attached?(): void;
  dispose?(): void;
}

/** Draws the content of one MIME type. */
export type Renderer = (
  content: unknown,
  mime: string,
  around: OutputContext,
  metadata: Record<string, unknown>,
) => DrawnOutput | Promise<DrawnOutput>;
