/**
 * Decorations for the last runs of cells: a text at the end of the cell's last line, and a gutter icon
 * at its first line.
 *
 * Owns the decorations. outputText.ts writes the text, and outputZones.ts shows longer outputs.
 */
import * as vscode from "vscode";
import { authorOf } from "../../../panel/src/cellStore";
import type { KnownCell } from "../scripts/scriptCells";
import type { Script, Scripts } from "../scripts/scripts";
import { extensionSettings } from "../extensionSettings";
import { summarizeRun, runDuration, type RunStatus, runStatus, truncate } from "./outputText";

/** Minimum time between two updates of an editor, in milliseconds. */
const DRAW_INTERVAL = 60;

/** Number of lines drawn above and below the visible ones, so that scrolling shows no gaps. */
const EXTRA_LINES = 60;

/** Maximum number of characters of the name of an agent. */
const AUTHOR_LIMIT = 30;

const COLOURS: Record<RunStatus, string> = {
  queued: "cellbridge.queued",
  running: "cellbridge.running",
  waiting: "cellbridge.waiting",
  ok: "cellbridge.result",
  error: "cellbridge.error",
  muted: "cellbridge.stale",
  stale: "cellbridge.stale",
};

/** Draws the decorations of all visible scripts. */
export class Decorations implements vscode.Disposable {
  private readonly texts = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
  private readonly signs: Record<RunStatus, vscode.TextEditorDecorationType>;
  private readonly separators = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: "solid",
    borderWidth: "1px 0 0 0",
    borderColor: new vscode.ThemeColor("cellbridge.separator"),
  });
  private readonly disposables: vscode.Disposable[] = [];
  private readonly pending = new Set<vscode.TextEditor>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    context: vscode.ExtensionContext,
    private readonly scripts: Scripts,
    private readonly isShownBelow: (script: Script, cell: KnownCell) => boolean,
  ) {
    const sign = (status: RunStatus) =>
      vscode.window.createTextEditorDecorationType({
        gutterIconPath: vscode.Uri.joinPath(context.extensionUri, "media", "signs", `${status}.svg`),
        gutterIconSize: "75%",
        overviewRulerLane: vscode.OverviewRulerLane.Left,
        ...(status === "error" || status === "running"
          ? { overviewRulerColor: new vscode.ThemeColor(COLOURS[status]) }
          : {}),
      });
    this.signs = {
      queued: sign("queued"),
      running: sign("running"),
      waiting: sign("waiting"),
      ok: sign("ok"),
      error: sign("error"),
      muted: sign("muted"),
      stale: sign("stale"),
    };
    this.disposables.push(
      this.texts,
      this.separators,
      ...Object.values(this.signs),
      scripts.onDidChangeCells(({ script }) => {
        this.scheduleDraw(script.uri);
      }),
      scripts.onDidMove((script) => {
        this.scheduleDraw(script.uri);
      }),
      scripts.onDidChangeKernel(({ script, before }) => {
        if (script.cells.kernel.debugger?.stopped?.place !== before.debugger?.stopped?.place) {
          this.scheduleDraw(script.uri);
        }
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        editors.forEach((editor) => {
          this.draw(editor);
        });
      }),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        this.scheduleDraw(textEditor.document.uri);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("cellbridge")) {
          vscode.window.visibleTextEditors.forEach((editor) => {
            this.draw(editor);
          });
        }
      }),
      new vscode.Disposable(() => {
        clearTimeout(this.timer);
      }),
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private scheduleDraw(uri: vscode.Uri): void {
    const shown = vscode.window.visibleTextEditors.filter(
      (editor) => editor.document.uri.toString() === uri.toString(),
    );
    shown.forEach((editor) => this.pending.add(editor));
    if (shown.length > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        const editors = [...this.pending];
        this.pending.clear();
        editors.forEach((editor) => {
          this.draw(editor);
        });
      }, DRAW_INTERVAL);
    }
  }

  private draw(editor: vscode.TextEditor): void {
    const script = this.scripts.of(editor.document.uri);
    if (!script) {
      return;
    }
    const signs = new Map<RunStatus, vscode.Range[]>();
    const texts: vscode.DecorationOptions[] = [];
    const separators: vscode.Range[] = [];
    const limit = editor.document.lineCount - 1;
    const parts = new Set(script.cells.ordered.flatMap((cell) => cell.parts));
    for (const cell of script.cells.drawn) {
      const first = new vscode.Range(Math.min(cell.first, limit), 0, Math.min(cell.first, limit), 0);
      if (cell.first > 0 && !parts.has(cell)) {
        separators.push(first);
      }
      if (cell.run === undefined) {
        continue;
      }
      const status = runStatus(cell.run, cell.fresh === true);
      if (!parts.has(cell)) {
        signs.set(status, [...(signs.get(status) ?? []), first]);
      }
      if (isNearVisible(cell, editor.visibleRanges)) {
        const text = this.lineEndText(script, cell, status);
        texts.push(...(text ? [text] : []));
      }
    }
    for (const [status, type] of Object.entries(this.signs)) {
      editor.setDecorations(type, signs.get(status as RunStatus) ?? []);
    }
    editor.setDecorations(this.texts, texts);
    editor.setDecorations(this.separators, separators);
  }

  private lineEndText(script: Script, cell: KnownCell, status: RunStatus): vscode.DecorationOptions | undefined {
    const run = cell.run;
    const settings = extensionSettings();
    if (!run || !settings.hints) {
      return undefined;
    }
    const below = this.isShownBelow(script, cell);
    const stop = script.cells.kernel.debugger?.stopped?.place;
    const text = below ? "" : summarizeRun(run, cell.outputs, settings.hintLength, stop);
    const done = status === "ok" && text === "" && !below ? `✓ ${runDuration(run)}`.trim() : "";
    const author = below ? "" : truncate(authorOf(run), AUTHOR_LIMIT); // Otherwise it is in the head of the zone.
    const mark = run.endedAt === undefined ? "" : (cell.mark ?? "");
    const parts = [text, done, author, mark].filter((one) => one !== "");
    if (parts.length === 0) {
      return undefined;
    }
    const line = script.document.lineAt(Math.min(cell.last, script.document.lineCount - 1));
    const arrow = text === "" ? "" : "→ ";
    return {
      range: new vscode.Range(line.range.end, line.range.end),
      renderOptions: {
        after: {
          // No-break spaces: others at the start of the text are removed.
          contentText: arrow + parts.join("  · ").replaceAll(" ", "\u00a0"),
          margin: "0 0 0 2.5ch",
          color: new vscode.ThemeColor(text === "" ? "cellbridge.stale" : COLOURS[status]),
          fontStyle: status === "stale" || text === "" ? "italic" : "normal",
        },
      },
    };
  }
}

function isNearVisible(cell: KnownCell, visible: readonly vscode.Range[]): boolean {
  return visible.some(
    (range) => cell.last >= range.start.line - EXTRA_LINES && cell.first <= range.end.line + EXTRA_LINES,
  );
}
