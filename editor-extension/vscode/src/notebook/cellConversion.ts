/**
 * Converts the cells of a notebook between VS Code and the server.
 *
 * Owns only the conversion. The names of cell kinds are the server's.
 */
import * as vscode from "vscode";
import type { NotebookCell } from "../protocol.gen";
import { toFileOutputs, toStoredCellOutput } from "./outputConversion";
import type { CellMetadata } from "./notebookTypes";

/** The common part of a cell in an editor and of a cell that is being saved. */
export interface EditorCell {
  kind: vscode.NotebookCellKind;
  languageId: string;
  value: string;
  metadata: CellMetadata;
  outputs: readonly vscode.NotebookCellOutput[];
  count: number | undefined;
}

/** Convert a cell of a file for VS Code. */
export function toCellData(cell: NotebookCell, language: string): vscode.NotebookCellData {
  const isMarkdown = cell.kind === "markdown";
  const kind = isMarkdown ? vscode.NotebookCellKind.Markup : vscode.NotebookCellKind.Code;
  const languageId = cell.kind === "code" ? language : cell.kind;
  const made = new vscode.NotebookCellData(kind, cell.source, languageId);
  const metadata: CellMetadata = { id: cell.id, metadata: cell.metadata ?? {} };
  if (cell.attachments !== undefined) {
    metadata.attachments = cell.attachments;
  }
  made.metadata = { ...metadata, stored: cell.outputs?.length ?? 0 };
  made.outputs = (cell.outputs ?? []).map(toStoredCellOutput);
  if (cell.count !== undefined) {
    made.executionSummary = { executionOrder: cell.count };
  }
  return made;
}

/** Convert a cell for the server. `outputs` is true if the file stores outputs. */
export function toProtocolCell(cell: EditorCell, outputs: boolean): NotebookCell {
  const isMarkdown = cell.kind === vscode.NotebookCellKind.Markup;
  const kind = isMarkdown ? "markdown" : cell.languageId === "raw" ? "raw" : "code";
  const made: NotebookCell = {
    id: cell.metadata.id ?? "",
    kind,
    source: cell.value.replaceAll("\r\n", "\n"),
    metadata: cell.metadata.metadata ?? {},
  };
  if (!outputs || kind !== "code") {
    return made;
  }
  const stored = (cell.metadata as { stored?: number }).stored ?? 0;
  const kept = toFileOutputs(cell.outputs, stored);
  // The execution count may be new even if there are no outputs.
  if (kept.outputs === undefined && stored > 0 && cell.metadata.id !== undefined) {
    return made;
  }
  return { ...made, ...kept, outputs: kept.outputs ?? [], count: cell.count };
}

export function fromCellData(cell: vscode.NotebookCellData): EditorCell {
  return {
    kind: cell.kind,
    languageId: cell.languageId,
    value: cell.value,
    metadata: (cell.metadata ?? {}),
    outputs: cell.outputs ?? [],
    count: cell.executionSummary?.executionOrder,
  };
}

export function fromCell(cell: vscode.NotebookCell): EditorCell {
  return {
    kind: cell.kind,
    languageId: cell.document.languageId,
    value: cell.document.getText(),
    metadata: cell.metadata,
    outputs: cell.outputs,
    count: cell.executionSummary?.executionOrder,
  };
}
