/**
 * Messages between the page and its host.
 *
 * The host embeds the page: the extension with its webview, or a web page. The page never connects to the
 * language server. The host forwards only the requests and commands that are listed here.
 */

import type { CellsChangedParams, CellsResult, KernelChangedParams, Range, WidgetsChangedParams } from "./protocol";

export type Tab = "outputs" | "variables" | "table" | "plots";

/** A document with its initial state. */
export interface ShownDocument {
  uri: string;
  /** The file name. */
  name: string;
  cells: CellsResult;
}

/** Requests that the page may send to the language server. */
export const REQUESTS = [
  "cellbridge/outputs",
  "cellbridge/variables",
  "cellbridge/table",
  "cellbridge/tableSummary",
  "cellbridge/tableExport",
  "cellbridge/widgets",
  "cellbridge/widgetSend",
  "cellbridge/widgetModule",
  "cellbridge/plots",
  "cellbridge/plot",
] as const;
export type PanelRequest = (typeof REQUESTS)[number] | (typeof PAGE_REQUESTS)[number];

/** Requests that a page in a browser may send besides. */
export const PAGE_REQUESTS = ["cellbridge/sessions"] as const;

/** Commands that the page may execute in the language server. */
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
  /** Show this document; null for none. */
  | { type: "document"; document: ShownDocument | null }
  | { type: "cells"; params: CellsChangedParams }
  | { type: "kernel"; params: KernelChangedParams }
  /** The cursor is in this cell. */
  | { type: "cursor"; uri: string; cell: string }
  /** The code of cells that is new or has changed, by the ids of the cells. Only a page in a browser gets it. */
  | { type: "code"; uri: string; sources: Record<string, string> }
  | { type: "widgets"; params: WidgetsChangedParams }
  /** The history of plots has changed. */
  | { type: "plots"; uri: string }
  /** Variables may have changed. */
  | { type: "variables"; uri: string }
  /** Show a tab: a table by its path, or the outputs of a cell. */
  | { type: "show"; tab: Tab; path?: string[]; cell?: string }
  | { type: "search" }
  /** One sentence for the user. Only a page in a browser gets it. */
  | { type: "message"; text: string; kind: "error" | "warning" | "info" }
  | { type: "answer"; id: number; result?: unknown; error?: string };

export type FromPanel =
  | { type: "ready" }
  | { type: "request"; id: number; method: PanelRequest; params: unknown }
  | { type: "command"; command: PanelCommand; argument: unknown }
  /** Show this range in the editor. */
  | { type: "reveal"; uri: string; range: Range }
  /** Show this cell in the editor, at its current position. */
  | { type: "goto"; uri: string; cell: string }
  | { type: "copy"; text: string }
  /** Save data as a file. The host lets the user choose the path. */
  | { type: "save"; name: string; data: string; encoding: "utf8" | "base64" }
  /** Open a web address in the browser. */
  | { type: "open"; url: string }
  /** Show the session of this script. Only a page in a browser sends it. */
  | { type: "choose"; path: string }
  /** The page became visible, or hidden. Only a page in a browser sends it. */
  | { type: "visible"; visible: boolean };
