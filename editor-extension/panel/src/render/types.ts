/** The interfaces between renderers and the page. */

import type { Output, Range } from "../protocol";
import type { WidgetSession } from "../widgets/widgetSession";

/** The services of the page for a drawn output. */
export interface OutputContext {
  open(url: string): void;
  reveal(uri: string, range: Range): void;
  save(name: string, data: string, encoding: "utf8" | "base64"): void;
  /** Fetch an omitted part of an output: a large part of a bundle, or the whole of a long text. */
  fetch(mime: string): Promise<unknown>;
  /** Called after the drawn content has changed, for example by scrolling. */
  drawn(): void;
  /** Return the widgets of the document. A report has none, so it does not define this. */
  widgets?(): WidgetSession;
}

/** An output in the page. */
export interface DrawnOutput {
  readonly element: HTMLElement;
  /** Show a new state of the output. Return false if it must be drawn again. */
  update?(output: Output): boolean;
  /** Scroll to a line of its text. Return the element of the line, if it is drawn. */
  reveal?(line: number): HTMLElement | undefined;
  /** Must be called after the element was added to the page. */
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
