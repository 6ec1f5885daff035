/**
 * Zones for outputs under the last line of a cell.
 *
 * Owns VS Code's comment threads, the only stable API for a zone between two lines of a text editor; see
 * docs/decisions. Only visible editors have zones.
 */
import * as vscode from "vscode";
import { authorOf } from "../../../panel/src/cellStore";
import type { Client } from "../client";
import type { KnownCell } from "../scripts/scriptCells";
import type { Script, ScriptChange, Scripts } from "../scripts/scripts";
import { extensionSettings } from "../extensionSettings";
import { type CellPlace, SHOW_CELL } from "../panel/panel";
import { OPEN_COMMANDS, toMarkdown } from "./outputMarkdown";
import { ImageFiles } from "./imageFiles";
import { needsPage } from "./outputForms";
import { captionOf, fitsOneLine, runDuration } from "./outputText";

/** Minimum time between two updates of the zones, in milliseconds. */
const DRAW_INTERVAL = 200;

/** Maximum zones of one script, nearest to the visible lines: VS Code creates an editor for each. */
const ZONE_LIMIT = 40;

/** The command that opens a script's session in a browser. */
const OPEN_BROWSER = "cellbridge.openPage";

interface Zone {
  thread: vscode.CommentThread;
  place: CellPlace;
  /** The run of the outputs. A zone that the user closed opens again for the next run. */
  run: string;
  body: string;
}

/** Draws the zones of all visible scripts. */
export class OutputZones implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController(
    "cellbridge",
    "Cellbridge Outputs",
  );
  private readonly zones = new Map<string, Zone>();
  private readonly closed = new Map<string, string>();
  private readonly pending = new Map<string, Script>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly images: ImageFiles;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    context: vscode.ExtensionContext,
    client: Client,
    private readonly scripts: Scripts,
  ) {
    this.images = new ImageFiles(context, client);
    this.controller.options = { prompt: "", placeHolder: "" };
    this.disposables.push(
      this.controller,
      this.images,
      this.images.onDidFetch((uri) => {
        const script = scripts.of(vscode.Uri.parse(uri));
        if (script) {
          this.scheduleDraw(script);
        }
      }),
      scripts.onDidChangeCells((change) => {
        this.cellsChanged(change);
      }),
      scripts.onDidMove((script) => {
        this.scheduleDraw(script);
      }),
      scripts.onDidClose((script) => {
        this.clear(script);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        this.scheduleAll();
      }),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        const script = scripts.of(textEditor.document.uri);
        if (script && script.cells.ordered.length > ZONE_LIMIT) {
          this.scheduleDraw(script);
        }
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("cellbridge")) {
          this.scheduleAll();
        }
      }),
      vscode.commands.registerCommand("cellbridge.closeOutput", (thread: vscode.CommentThread) => {
        this.close(thread);
      }),
      vscode.commands.registerCommand(OPEN_COMMANDS.panel, (target: CellPlace | vscode.CommentThread) =>
        this.openElsewhere(SHOW_CELL, target),
      ),
      vscode.commands.registerCommand(OPEN_COMMANDS.browser, (target: CellPlace | vscode.CommentThread) =>
        this.openElsewhere(OPEN_BROWSER, target),
      ),
      vscode.commands.registerCommand("cellbridge.showOutputUnderCell", () => {
        this.reopen();
      }),
      new vscode.Disposable(() => {
        clearTimeout(this.timer);
      }),
    );
    context.subscriptions.push(this);
  }

  /** Return true if the outputs of a cell are shown under it. */
  readonly shows = (script: Script, cell: KnownCell): boolean => needsZone(cell) && !this.isClosed(script, cell);

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private cellsChanged({ script, removed }: ScriptChange): void {
    for (const id of removed) {
      this.removeZone(zoneId(script, id));
    }
    this.scheduleDraw(script);
  }

  private scheduleAll(): void {
    this.scripts.all().forEach((script) => {
      this.scheduleDraw(script);
    });
  }

  private scheduleDraw(script: Script): void {
    this.pending.set(script.uri.toString(), script);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const scripts = [...this.pending.values()];
      this.pending.clear();
      scripts.forEach((one) => {
        this.draw(one);
      });
    }, DRAW_INTERVAL);
  }

  private draw(script: Script): void {
    const editor = vscode.window.visibleTextEditors.find((one) => one.document === script.document);
    const shown = editor ? this.nearest(script, editor.visibleRanges[0]?.start.line ?? 0) : [];
    const ids = new Set(shown.map((cell) => zoneId(script, cell.id)));
    for (const id of [...this.zones.keys()]) {
      if (belongsTo(script, id) && !ids.has(id)) {
        this.removeZone(id);
      }
    }
    for (const cell of shown) {
      this.show(script, cell, zoneId(script, cell.id));
    }
  }

  private nearest(script: Script, line: number): KnownCell[] {
    const shown = script.cells.drawn.filter((cell) => this.shows(script, cell));
    if (shown.length <= ZONE_LIMIT) {
      return shown;
    }
    const distance = (cell: KnownCell) => Math.abs(cell.last - line);
    return shown.sort((a, b) => distance(a) - distance(b)).slice(0, ZONE_LIMIT);
  }

  private show(script: Script, cell: KnownCell, id: string): void {
    const line = Math.min(cell.last, script.document.lineCount - 1);
    const body = toMarkdown(script.uri, cell, this.images);
    const known = this.zones.get(id);
    const range = new vscode.Range(line, 0, line, 0);
    const run = cell.run?.id ?? "";
    if (!known) {
      const thread = this.controller.createCommentThread(script.uri, range, [toComment(cell, body)]);
      thread.canReply = false;
      thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
      thread.contextValue = contextOf(cell);
      // A resolved thread has a plain frame.
      thread.state = vscode.CommentThreadState.Resolved;
      thread.label = threadLabel(cell);
      const place = { uri: script.uri.toString(), cell: cell.id };
      this.zones.set(id, { thread, place, run, body: body.value });
      return;
    }
    if (known.thread.range.start.line !== line) {
      known.thread.range = range;
    }
    if (known.body !== body.value || known.run !== run || known.thread.label !== threadLabel(cell)) {
      known.thread.comments = [toComment(cell, body)];
      known.thread.label = threadLabel(cell);
      known.thread.contextValue = contextOf(cell);
      known.body = body.value;
      known.run = run;
    }
  }

  private async openElsewhere(command: string, target: CellPlace | vscode.CommentThread): Promise<void> {
    const place = "cell" in target ? target : [...this.zones.values()].find((zone) => zone.thread === target)?.place;
    if (place !== undefined) {
      await vscode.commands.executeCommand(command, place);
    }
  }

  private close(thread: vscode.CommentThread): void {
    for (const [id, zone] of this.zones) {
      if (zone.thread === thread) {
        this.closed.set(id, zone.run);
        this.removeZone(id);
      }
    }
    this.scheduleAll();
  }

  private reopen(): void {
    const script = this.scripts.active;
    const line = vscode.window.activeTextEditor?.selection.active.line ?? 0;
    const cell = script?.cells.at(line);
    if (script && cell) {
      this.closed.delete(zoneId(script, cell.id));
      this.scheduleDraw(script);
    }
  }

  private isClosed(script: Script, cell: KnownCell): boolean {
    return this.closed.get(zoneId(script, cell.id)) === (cell.run?.id ?? "");
  }

  private removeZone(id: string): void {
    this.zones.get(id)?.thread.dispose();
    this.zones.delete(id);
  }

  private clear(script: Script): void {
    for (const id of [...this.zones.keys()]) {
      if (belongsTo(script, id)) {
        this.removeZone(id);
      }
    }
  }
}

function needsZone(cell: KnownCell): boolean {
  const { outputs, hintLength } = extensionSettings();
  if (outputs !== "underCells" || cell.run === undefined) {
    return false;
  }
  const fitsAtLineEnd = fitsOneLine(cell.outputs, hintLength) && (cell.run.note ?? "").length <= hintLength;
  return !fitsAtLineEnd;
}

function belongsTo(script: Script, id: string): boolean {
  return id.startsWith(`${script.uri.toString()}#`);
}

function zoneId(script: Script, cell: string): string {
  return `${script.uri.toString()}#${cell}`;
}

/** Return the text of a zone's frame, such as `Output [3] · 2.1 s`. */
function threadLabel(cell: KnownCell): string {
  const run = cell.run;
  if (!run) {
    return "";
  }
  const name = run.count === undefined ? "Output" : `Output [${run.count}]`;
  const how = run.state === "running" ? "running …" : runDuration(run);
  return [name, how, authorOf(run), cell.mark ?? ""].filter((one) => one !== "").join(" · ");
}

/** Return the value by which the buttons of a zone depend on its outputs. */
function contextOf(cell: KnownCell): string {
  return cell.outputs.some(needsPage) ? "interactive" : "output";
}

/** Create the comment of a thread. VS Code shows its author above it; here this is a caption. */
function toComment(cell: KnownCell, body: vscode.MarkdownString): vscode.Comment {
  return {
    body,
    mode: vscode.CommentMode.Preview,
    author: { name: captionOf(cell.outputs) },
    contextValue: "output",
  };
}
