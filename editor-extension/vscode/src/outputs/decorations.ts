/**
 * How the cells' last runs show in the text editor itself: words at the end of a cell's last line,
 * and a sign in the gutter beside its first.
 *
 * Owns the decorations. What is said is words.ts's matter, and what needs more room than a line
 * zones.ts's.
 */
import * as vscode from "vscode";
import type { KnownCell } from "../scripts/cells";
import type { Script, Scripts } from "../scripts/scripts";
import { ownSettings } from "../settings";
import { brief, lasted, type Look, lookOf } from "./words";

/** At most so often is an editor drawn anew while output streams in, in milliseconds. */
const PACE = 60;

/** Lines beyond the visible ones that are drawn too, so that scrolling shows no gaps. */
const MARGIN = 60;

const LOOKS: Record<Look, string> = {
  queued: "cellbridge.queued",
  running: "cellbridge.running",
  waiting: "cellbridge.waiting",
  ok: "cellbridge.result",
  error: "cellbridge.error",
  muted: "cellbridge.stale",
  stale: "cellbridge.stale",
};

/** Draws and keeps drawing the editors that show scripts. */
export class Decorations implements vscode.Disposable {
  private readonly words = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
  private readonly signs: Record<Look, vscode.TextEditorDecorationType>;
  private readonly separators = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: "solid",
    borderWidth: "1px 0 0 0",
    borderColor: new vscode.ThemeColor("cellbridge.separator"),
  });
  private readonly disposables: vscode.Disposable[] = [];
  private readonly due = new Set<vscode.TextEditor>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    context: vscode.ExtensionContext,
    private readonly scripts: Scripts,
    private readonly underneath: (script: Script, cell: KnownCell) => boolean,
  ) {
    const sign = (look: Look) =>
      vscode.window.createTextEditorDecorationType({
        gutterIconPath: vscode.Uri.joinPath(context.extensionUri, "media", "signs", `${look}.svg`),
        gutterIconSize: "75%",
        overviewRulerLane: vscode.OverviewRulerLane.Left,
        ...(look === "error" || look === "running"
          ? { overviewRulerColor: new vscode.ThemeColor(LOOKS[look]) }
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
      this.words,
      this.separators,
      ...Object.values(this.signs),
      scripts.onDidChangeCells(({ script }) => {
        this.soon(script.uri);
      }),
      scripts.onDidMove((script) => {
        this.soon(script.uri);
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        editors.forEach((editor) => {
          this.draw(editor);
        });
      }),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        this.soon(textEditor.document.uri);
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

  private soon(uri: vscode.Uri): void {
    const shown = vscode.window.visibleTextEditors.filter(
      (editor) => editor.document.uri.toString() === uri.toString(),
    );
    shown.forEach((editor) => this.due.add(editor));
    if (shown.length > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        const editors = [...this.due];
        this.due.clear();
        editors.forEach((editor) => {
          this.draw(editor);
        });
      }, PACE);
    }
  }

  private draw(editor: vscode.TextEditor): void {
    const script = this.scripts.of(editor.document.uri);
    if (!script) {
      return;
    }
    const signs = new Map<Look, vscode.Range[]>();
    const words: vscode.DecorationOptions[] = [];
    const separators: vscode.Range[] = [];
    const limit = editor.document.lineCount - 1;
    for (const cell of script.cells.ordered) {
      const first = new vscode.Range(Math.min(cell.first, limit), 0, Math.min(cell.first, limit), 0);
      if (cell.first > 0) {
        separators.push(first);
      }
      if (cell.run === undefined) {
        continue;
      }
      const look = lookOf(cell.run, cell.fresh === true);
      signs.set(look, [...(signs.get(look) ?? []), first]);
      if (isNear(cell, editor.visibleRanges)) {
        const said = this.said(script, cell, look);
        words.push(...(said ? [said] : []));
      }
    }
    for (const [look, type] of Object.entries(this.signs)) {
      editor.setDecorations(type, signs.get(look as Look) ?? []);
    }
    editor.setDecorations(this.words, words);
    editor.setDecorations(this.separators, separators);
  }

  private said(script: Script, cell: KnownCell, look: Look): vscode.DecorationOptions | undefined {
    const run = cell.run;
    const settings = ownSettings();
    if (!run || !settings.hints) {
      return undefined;
    }
    const below = this.underneath(script, cell);
    const text = below ? "" : brief(run, cell.outputs, settings.hintLength);
    const time = lasted(run);
    const tail = look === "stale" ? "stale" : text === "" && !below ? `✓ ${time}`.trim() : "";
    const parts = [text, look === "ok" || look === "stale" ? tail : ""].filter((one) => one !== "");
    if (parts.length === 0) {
      return undefined;
    }
    const line = script.document.lineAt(Math.min(cell.last, script.document.lineCount - 1));
    const arrow = text === "" ? "" : "→ ";
    return {
      range: new vscode.Range(line.range.end, line.range.end),
      renderOptions: {
        after: {
          // A space that does not break: others at the start of the text are swallowed.
          contentText: arrow + parts.join("  · ").replaceAll(" ", "\u00a0"),
          margin: "0 0 0 2.5ch",
          color: new vscode.ThemeColor(text === "" ? "cellbridge.stale" : LOOKS[look]),
          fontStyle: look === "stale" || text === "" ? "italic" : "normal",
        },
      },
    };
  }
}

function isNear(cell: KnownCell, visible: readonly vscode.Range[]): boolean {
  return visible.some(
    (range) => cell.last >= range.start.line - MARGIN && cell.first <= range.end.line + MARGIN,
  );
}
