/**
 * The cell that a debug command applies to, in the text editor or in a notebook.
 *
 * Owns its search: from the argument of a lens, from a cell's toolbar, or from the active editor.
 */
import * as vscode from "vscode";
import { activeLocation } from "../commands/activeEditor";
import type { CellArguments, Position } from "../protocol.gen";
import type { Services } from "../services";
import type { FindNotebooks } from "./notebookPlaces";

/** A cell of a script or of a notebook. */
export interface DebugTarget {
  /** The path of the file, which names its session. */
  script: string;
  /** The URI of the server's document. */
  uri: string;
  position: Position;
  /** True if the cell has an enabled breakpoint. */
  hasBreakpoint: boolean;
}

/** The argument of a command: of a code lens, of a cell's toolbar, or of a notebook's toolbar. */
export type TargetArgument = CellArguments | vscode.NotebookCell | { notebookEditor?: unknown } | vscode.Uri | undefined;

/** Finds targets. */
export class DebugTargets {
  constructor(
    private readonly services: Services,
    private readonly notebooks: FindNotebooks,
  ) {}

  /** Return the cell that a command applies to; undefined without a script. */
  async find(given: TargetArgument): Promise<DebugTarget | undefined> {
    if (isCell(given)) {
      return this.ofCell(given);
    }
    if (isCellArgument(given)) {
      return this.ofPosition(vscode.Uri.parse(given.uri), given.position ?? { line: 0, character: 0 });
    }
    const editor = vscode.window.activeNotebookEditor;
    const cell = editor?.notebook.getCells()[editor.selection.start];
    if (cell !== undefined) {
      return this.ofCell(cell);
    }
    const at = activeLocation();
    return at && this.ofPosition(at.editor.document.uri, at.position);
  }

  /** Return the first cell of a file, which a debug configuration names. */
  async ofScript(script: string): Promise<DebugTarget> {
    const sync = [...this.notebooks()].find(({ notebook }) => notebook.uri.fsPath === script);
    const first = sync?.notebook.getCells()[0];
    const target = first && (await this.ofCell(first));
    if (target !== undefined) {
      return target;
    }
    const uri = vscode.Uri.file(script);
    await vscode.workspace.openTextDocument(uri);
    return this.ofPosition(uri, { line: 0, character: 0 });
  }

  /** Return the ids of the cells of a target's document, in order. */
  cellIds({ uri }: DebugTarget): string[] {
    const sync = [...this.notebooks()].find((one) => one.uri === uri);
    const cells = sync?.store.ordered().filter(({ partOf }) => partOf === undefined);
    return (cells ?? this.services.scripts.of(vscode.Uri.parse(uri))?.cells.ordered ?? []).map(({ id }) => id);
  }

  private async ofCell(cell: vscode.NotebookCell): Promise<DebugTarget | undefined> {
    const sync = [...this.notebooks()].find(({ notebook }) => notebook === cell.notebook);
    await sync?.flush();
    const argument = sync?.argument(cell);
    return (
      argument && {
        script: cell.notebook.uri.fsPath,
        ...argument,
        hasBreakpoint: hasBreakpoint(cell.document.uri, 0, cell.document.lineCount),
      }
    );
  }

  private ofPosition(uri: vscode.Uri, position: Position): DebugTarget {
    const cells = this.services.scripts.of(uri)?.cells;
    const cell = cells?.at(position.line);
    const next = cell && cells?.after(cell);
    return {
      script: uri.fsPath,
      uri: uri.toString(),
      position,
      hasBreakpoint: hasBreakpoint(uri, cell?.first ?? 0, next?.first ?? Number.MAX_SAFE_INTEGER),
    };
  }
}

/** Return true if these lines of a document have an enabled breakpoint. */
function hasBreakpoint(uri: vscode.Uri, first: number, end: number): boolean {
  return vscode.debug.breakpoints.some((one) => {
    if (!(one instanceof vscode.SourceBreakpoint) || !one.enabled) {
      return false;
    }
    const { line } = one.location.range.start;
    return one.location.uri.toString() === uri.toString() && first <= line && line < end;
  });
}

function isCell(given: TargetArgument): given is vscode.NotebookCell {
  return typeof given === "object" && "notebook" in given && "document" in given;
}

function isCellArgument(given: TargetArgument): given is CellArguments {
  return typeof given === "object" && "uri" in given && typeof given.uri === "string";
}
