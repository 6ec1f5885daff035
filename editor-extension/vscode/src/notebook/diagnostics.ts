/**
 * Problems of notebooks' cells, at the cells' own lines.
 *
 * Owns their collection. The server reports them for the document in which the cells run, and for a
 * script that is open as text too, it reports the same ones there: then they are the text's alone, so
 * that each counts once.
 */
import * as vscode from "vscode";
import { isScript } from "../client";
import type { NotebookSync } from "./notebookSync";

export class NotebookDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("cellbridge-notebook");
  private readonly reported = new Map<NotebookSync, readonly vscode.Diagnostic[]>();
  private readonly listening: vscode.Disposable;

  constructor() {
    const redraw = (document: vscode.TextDocument) => {
      for (const [sync, diagnostics] of this.reported) {
        if (sync.notebook.uri.toString() === document.uri.toString()) {
          this.show(sync, diagnostics);
        }
      }
    };
    this.listening = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument(redraw),
      vscode.workspace.onDidCloseTextDocument(redraw),
    );
  }

  /** Show what the server reports of a notebook. */
  show(sync: NotebookSync, diagnostics: readonly vscode.Diagnostic[]): void {
    this.reported.set(sync, diagnostics);
    const found = new Map<vscode.NotebookCell, vscode.Diagnostic[]>();
    for (const one of isOpenAsText(sync.notebook) ? [] : diagnostics) {
      const at = sync.cellAt(one.range.start.line);
      if (at !== undefined) {
        const by = at.line - one.range.start.line;
        const { start, end } = one.range;
        const range = new vscode.Range(start.translate(by), end.translate(by));
        const moved = new vscode.Diagnostic(range, one.message, one.severity);
        moved.source = one.source ?? "cellbridge";
        found.set(at.cell, [...(found.get(at.cell) ?? []), moved]);
      }
    }
    for (const cell of sync.notebook.getCells()) {
      this.collection.set(cell.document.uri, found.get(cell) ?? []);
    }
  }

  /** Let go of a notebook that was closed. */
  closed(sync: NotebookSync): void {
    this.reported.delete(sync);
    for (const cell of sync.notebook.getCells()) {
      this.collection.delete(cell.document.uri);
    }
  }

  dispose(): void {
    this.listening.dispose();
    this.collection.dispose();
  }
}

/** Whether a notebook's file is open as a script too. */
function isOpenAsText(notebook: vscode.NotebookDocument): boolean {
  const uri = notebook.uri.toString();
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri && isScript(document));
}
