/**
 * What the page and its host say to each other.
 *
 * The host is whatever embeds the page: a VS Code webview's extension, or a web server. The page never
 * talks to the language server itself: it asks its host, which passes on the requests and commands that
 * are named here and no others.
 */

import type { CellsChangedParams, CellsResult, KernelChangedParams, Range } from "./protocol";

export type Tab = "outputs" | "variables" | "table";

/** A document as it is first shown. */
export interface ShownDocument {
  uri: string;
  /** What a person calls it: the file's name. */
  name: string;
  cells: CellsResult;
}

/** Requests of the language server that the page may make. */
export const REQUESTS = [
  "cellbridge/outputs",
  "cellbridge/variables",
  "cellbridge/table",
  "cellbridge/tableSummary",
  "cellbridge/tableExport",
] as const;
export type PanelRequest = (typeof REQUESTS)[number];

/** Commands of the language server that the page may have run. */
export const COMMANDS = [
  "cellbridge.runCell",
  "cellbridge.runAll",
  "cellbridge.interrupt",
  "cellbridge.restart",
  "cellbridge.clearOutputs",
  "cellbridge.answerInput",
] as const;
export type PanelCommand = (typeof COMMANDS)[number];

export type ToPanel =
  /** Show this document from now on; null where there is none to show. */
  | { type: "document"; document: ShownDocument | null }
  | { type: "cells"; params: CellsChangedParams }
  | { type: "kernel"; params: KernelChangedParams }
  /** The cursor is in this cell. */
  | { type: "cursor"; uri: string; cell: string }
  /** Variables may have changed. */
  | { type: "variables"; uri: string }
  | { type: "show"; tab: Tab; path?: string[] }
  | { type: "search" }
  | { type: "answer"; id: number; result?: unknown; error?: string };

export type FromPanel =
  | { type: "ready" }
  | { type: "request"; id: number; method: PanelRequest; params: unknown }
  | { type: "command"; command: PanelCommand; argument: unknown }
  /** Show this place in the editor. */
  | { type: "reveal"; uri: string; range: Range }
  /** Show this cell in the editor, wherever it stands by now. */
  | { type: "goto"; uri: string; cell: string }
  | { type: "copy"; text: string }
  /** Save what is shown as a file; the host asks where. */
  | { type: "save"; name: string; data: string; encoding: "utf8" | "base64" }
  /** Open a web address outside. */
  | { type: "open"; url: string };
