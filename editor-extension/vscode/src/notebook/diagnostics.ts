/**
 * Diagnostics of the cells of notebooks.
 *
 * Owns their collection. The server reports them for the notebook's document. If the script is also open
 * as text, the server reports the same diagnostics there, and they are not shown a second time.
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

  /** Show the diagnostics of a notebook. */
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

  /** Remove the diagnostics of a closed notebook. */
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

/** Return true if the file of a notebook is also open as a script. */
function isOpenAsText(notebook: vscode.NotebookDocument): boolean {
  const uri = notebook.uri.toString();
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri && isScript(document));
}
