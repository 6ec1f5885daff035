/**
 * All open scripts with their cells, kept in step with the server and with what a person types.
 *
 * Owns one `Cells` per document and the events about them. It draws nothing and asks nobody.
 */
import * as vscode from "vscode";
import { type Client, isScript } from "../client";
import type { Kernel } from "../protocol.gen";
import { ScriptCells, type CellsChange } from "./scriptCells";
import { type LineEdit, moveLine } from "./lineEdits";

/** One open script. */
export interface Script {
  readonly uri: vscode.Uri;
  readonly document: vscode.TextDocument;
  readonly cells: ScriptCells;
  /** It has at least one marker line: without one, keys keep their usual meaning. */
  hasMarkers: boolean;
}

/** What has changed about a script's cells. */
export interface ScriptChange extends CellsChange {
  script: Script;
}

/** After an edit that may have moved cells about, so long to the question where they are, in ms. */
const REFRESH_DELAY = 100;

const MARKER = /^\s*(?:#|\/\/)\s*(?:%%|<codecell>|<markdowncell>|In\[)/;

/** The open scripts. */
export class Scripts implements vscode.Disposable {
  private readonly open = new Map<string, Script>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly refreshTimers = new WeakMap<Script, NodeJS.Timeout>();
  private readonly cellsEmitter = new vscode.EventEmitter<ScriptChange>();
  private readonly kernelEmitter = new vscode.EventEmitter<{ script: Script; before: Kernel }>();
  private readonly movedEmitter = new vscode.EventEmitter<Script>();
  private readonly closedEmitter = new vscode.EventEmitter<Script>();

  /** Cells have come, gone, or have another run or other outputs. */
  readonly onDidChangeCells = this.cellsEmitter.event;
  readonly onDidChangeKernel = this.kernelEmitter.event;
  /** A person has edited the text; cells may stand on other lines. */
  readonly onDidMove = this.movedEmitter.event;
  readonly onDidClose = this.closedEmitter.event;

  constructor(
    private readonly client: Client,
    private readonly log: vscode.LogOutputChannel,
  ) {
    client.onNotification("cellbridge/cellsChanged", (params) => {
      const script = this.open.get(key(vscode.Uri.parse(params.uri)));
      if (script) {
        this.fireChange(script, script.cells.applyChange(params));
      }
    });
    client.onNotification("cellbridge/kernelChanged", (params) => {
      const script = this.open.get(key(vscode.Uri.parse(params.uri)));
      if (script) {
        this.setKernel(script, params.kernel);
      }
    });
    this.disposables.push(
      client.onDidOpen((document) => void this.opened(document)),
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.edited(event);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.closed(document);
      }),
      this.cellsEmitter,
      this.kernelEmitter,
      this.movedEmitter,
      this.closedEmitter,
    );
  }

  /** Return the script that a document is, if the server has told of it. */
  of(uri: vscode.Uri | undefined): Script | undefined {
    return uri && this.open.get(key(uri));
  }

  /** Return the script in the active editor. */
  get active(): Script | undefined {
    return this.of(vscode.window.activeTextEditor?.document.uri);
  }

  all(): Script[] {
    return [...this.open.values()];
  }

  /** Ask for all cells of a script anew. */
  async refresh(script: Script): Promise<void> {
    const result = await this.client.request("cellbridge/cells", { uri: script.uri.toString() });
    if (this.open.get(key(script.uri)) === script) {
      const before = script.cells.kernel;
      this.fireChange(script, script.cells.replaceAll(result));
      this.kernelEmitter.fire({ script, before });
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async opened(document: vscode.TextDocument): Promise<void> {
    if (!isScript(document)) {
      return;
    }
    const script: Script = {
      uri: document.uri,
      document,
      cells: new ScriptCells(),
      hasMarkers: hasMarkers(document),
    };
    this.open.set(key(document.uri), script);
    try {
      await this.refresh(script);
    } catch (error) {
      this.log.warn(`The cells of ${document.uri.fsPath} could not be had: ${String(error)}`);
    }
  }

  private closed(document: vscode.TextDocument): void {
    const script = this.open.get(key(document.uri));
    if (script && this.open.delete(key(document.uri))) {
      this.closedEmitter.fire(script);
    }
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    const script = this.open.get(key(event.document.uri));
    if (!script || event.contentChanges.length === 0) {
      return;
    }
    // Later places first: each change is told in the text before any of them.
    const edits = event.contentChanges
      .map(toLineEdit)
      .sort((a, b) => b.line - a.line);
    const move = (line: number) => edits.reduce(moveLine, line);
    const needsRefresh = script.cells.ordered.some(({ first }) => edits.some((one) => replacesLine(first, one)));
    script.cells.applyEdits(event.document.version, edits, move);
    script.hasMarkers = hasMarkers(event.document);
    this.movedEmitter.fire(script);
    if (needsRefresh) {
      this.scheduleRefresh(script);
    }
  }

  /** Ask where the cells are, once a person pauses: lines that are replaced tell nothing of it. */
  private scheduleRefresh(script: Script): void {
    clearTimeout(this.refreshTimers.get(script));
    const later = setTimeout(() => {
      this.refresh(script).catch((error: unknown) => {
        this.log.warn(`The cells of ${script.uri.fsPath} could not be had: ${String(error)}`);
      });
    }, REFRESH_DELAY);
    this.refreshTimers.set(script, later);
  }

  private fireChange(script: Script, change: CellsChange): void {
    script.hasMarkers = hasMarkers(script.document);
    this.cellsEmitter.fire({ script, ...change });
  }

  private setKernel(script: Script, kernel: Kernel): void {
    const before = script.cells.kernel;
    script.cells.kernel = kernel;
    this.kernelEmitter.fire({ script, before });
  }
}

function key(uri: vscode.Uri): string {
  return uri.toString();
}

/** Whether an edit replaces a line, its end alone excepted. */
function replacesLine(line: number, edit: LineEdit): boolean {
  return edit.removed > 0 && line >= edit.line && line <= edit.line + edit.removed;
}

function toLineEdit(change: vscode.TextDocumentContentChangeEvent): LineEdit {
  return {
    line: change.range.start.line,
    atStart: change.range.start.character === 0,
    removed: change.range.end.line - change.range.start.line,
    added: change.text.split("\n").length - 1,
  };
}

function hasMarkers(document: vscode.TextDocument): boolean {
  for (let line = 0; line < document.lineCount; line++) {
    if (MARKER.test(document.lineAt(line).text)) {
      return true;
    }
  }
  return false;
}
