/**
 * All open scripts with their cells, synchronized with the server and with edits.
 *
 * Owns one `ScriptCells` per document and the events for their changes. It draws nothing.
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
  /** True if the script has a marker line. Without one, keys keep their usual meaning. */
  hasMarkers: boolean;
}

/** The changes of a script's cells. */
export interface ScriptChange extends CellsChange {
  script: Script;
}

/** Delay before the cells are requested again after an edit that may have moved them, in milliseconds. */
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

  /** Cells were added or removed, or have another run or other outputs. */
  readonly onDidChangeCells = this.cellsEmitter.event;
  readonly onDidChangeKernel = this.kernelEmitter.event;
  /** The text was edited, so cells may be at other lines. */
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

  /** Return the script with a URI, if the server has it. */
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

  /** Request all cells of a script again. */
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
      this.log.warn(`Could not read the cells of ${document.uri.fsPath}: ${String(error)}`);
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
    // Later positions first: each change refers to the text before all of them.
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

  /** Request the cells after a pause: replaced lines do not show where a cell has moved. */
  private scheduleRefresh(script: Script): void {
    clearTimeout(this.refreshTimers.get(script));
    const later = setTimeout(() => {
      this.refresh(script).catch((error: unknown) => {
        this.log.warn(`Could not read the cells of ${script.uri.fsPath}: ${String(error)}`);
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

/** Return true if an edit replaces a line, not only its end. */
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
