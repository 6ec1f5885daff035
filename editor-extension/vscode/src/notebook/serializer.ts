/**
 * Reads and writes files as VS Code notebooks. Unedited parts keep their bytes.
 *
 * The server converts the files. Without a server, opening and saving fail.
 */
import * as vscode from "vscode";
import type { Client } from "../client";
import { toProtocolCell, fromCellData, toCellData } from "./cellConversion";
import { findOriginal, keepOriginal } from "./originalFiles";
import { IPYNB_TYPE, FILE_NAMES, type NotebookMetadata, type OutputMetadata } from "./notebookTypes";

export class NotebookSerializer implements vscode.NotebookSerializer {
  constructor(
    private readonly client: Client,
    private readonly type: string,
    /** Returns the URI of the document of a run. */
    private readonly documentOf: (run: string) => string,
  ) {}

  async deserializeNotebook(bytes: Uint8Array): Promise<vscode.NotebookData> {
    const name = FILE_NAMES[this.type] ?? "";
    // An empty file is a notebook without cells.
    const isEmpty = bytes.length === 0 && this.type === IPYNB_TYPE;
    const content = isEmpty ? emptyNotebook() : Buffer.from(bytes).toString("base64");
    await this.client.whenRunning();
    const found = await this.client.request("cellbridge/readNotebook", { name, content });
    const data = new vscode.NotebookData(found.cells.map((cell) => toCellData(cell, found.language)));
    const metadata: NotebookMetadata = {
      original: keepOriginal(content),
      metadata: found.metadata,
      language: found.language,
    };
    data.metadata = { ...metadata };
    return data;
  }

  async serializeNotebook(data: vscode.NotebookData): Promise<Uint8Array> {
    const name = FILE_NAMES[this.type] ?? "";
    const metadata = (data.metadata ?? {}) as NotebookMetadata;
    const content = findOriginal(metadata.original) ?? emptyFile(this.type, metadata.metadata ?? {});
    const cells = data.cells.map((cell) => toProtocolCell(fromCellData(cell), this.type === IPYNB_TYPE));
    const runs = data.cells.flatMap((cell) => cell.outputs ?? []).map((output) => (output.metadata as OutputMetadata | undefined)?.run);
    const uri = runs.map((run) => (run === undefined ? "" : this.documentOf(run))).find(Boolean) ?? "";
    await this.client.whenRunning();
    const written = await this.client.request("cellbridge/writeNotebook", { name, content, cells, uri });
    return Buffer.from(written.content, "base64");
  }
}

/** Return a file without cells as base64, for notebooks whose original bytes are unknown. */
export function emptyFile(type: string, metadata: Record<string, unknown>): string {
  const notebook = { cells: [], metadata, nbformat: 4, nbformat_minor: 5 };
  return Buffer.from(type === IPYNB_TYPE ? JSON.stringify(notebook, null, 1) + "\n" : "").toString("base64");
}

function emptyNotebook(): string {
  return emptyFile(IPYNB_TYPE, {});
}
