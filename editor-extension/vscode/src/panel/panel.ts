/**
 * The panel next to the file: outputs, variables and tables of the active script.
 *
 * Owns the webview and its messages with the page (editor-extension/panel). The page is filled from
 * `scripts` and from the server's notifications.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { COMMANDS, type FromPanel, REQUESTS, type Tab, type ToPanel } from "../../../panel/src/messages";
import { reportErrors } from "../commands/activeEditor";
import { handleOutputRequest, showRange } from "./outputActions";
import { pageHtml } from "./pageHtml";
import type { Requests } from "../protocol.gen";
import type { Script } from "../scripts/scripts";
import type { Services } from "../services";
import type { VariableEntry } from "../views/variableItem";

const TYPE = "cellbridge.panel";

/** The command that opens the panel at a cell. It is not in the palette. */
export const SHOW_CELL = "cellbridge.showCellInPanel";

/** Identifies a cell. */
export interface CellPlace {
  uri: string;
  cell: string;
}

/** Register the panel's commands. The panel is created on first use. */
export function registerPanel(services: Services): vscode.Disposable[] {
  const panel = new Panel(services);
  const command = (name: string, act: (...given: never[]) => unknown) =>
    vscode.commands.registerCommand(name, act);
  return [
    panel,
    command("cellbridge.showPanel", () => panel.show("outputs")),
    command("cellbridge.showPlots", () => panel.show("plots")),
    command("cellbridge.searchOutputs", () => panel.search()),
    command(SHOW_CELL, (place: CellPlace) => panel.showCell(place)),
    command("cellbridge.openTable", (entry: VariableEntry) =>
      panel.show("table", entry.uri, entry.path),
    ),
    vscode.window.registerWebviewPanelSerializer(TYPE, {
      deserializeWebviewPanel: (restored) => {
        panel.adopt(restored);
        return Promise.resolve();
      },
    }),
  ];
}

/** The one panel of a window. */
class Panel implements vscode.Disposable {
  private view: vscode.WebviewPanel | undefined;
  private ready = false;
  /** Messages for the page once it has loaded. */
  private pending: ToPanel[] = [];
  private script: Script | undefined;
  private outdated = false;
  private readonly disposables: vscode.Disposable[];
  private readonly folder: vscode.Uri;

  constructor(private readonly services: Services) {
    const { client, context, scripts } = services;
    this.folder = vscode.Uri.joinPath(context.extensionUri, "dist", "panel");
    client.onNotification("cellbridge/cellsChanged", (params) => {
      const script = this.shownScript(params.uri);
      if (script !== undefined) {
        // `scripts` handled the same notification before, and its event marked the page as outdated.
        this.outdated = false;
        this.post({ type: "cells", params: { ...params, uri: script.uri.toString() } });
      }
    });
    client.onNotification("cellbridge/variablesChanged", ({ uri }) => {
      const script = this.shownScript(uri);
      if (script !== undefined) {
        this.post({ type: "variables", uri: script.uri.toString() });
      }
    });
    client.onNotification("cellbridge/widgetsChanged", (params) => {
      const script = this.shownScript(params.uri);
      if (script !== undefined) {
        this.post({ type: "widgets", params: { ...params, uri: script.uri.toString() } });
      }
    });
    client.onNotification("cellbridge/plotsChanged", ({ uri }) => {
      const script = this.shownScript(uri);
      if (script !== undefined) {
        this.post({ type: "plots", uri: script.uri.toString() });
      }
    });
    this.disposables = [
      scripts.onDidChangeCells(({ script }) => {
        this.cellsChanged(script);
      }),
      scripts.onDidChangeKernel(({ script }) => {
        if (script === this.script) {
          const uri = script.uri.toString();
          this.post({ type: "kernel", params: { uri, kernel: script.cells.kernel } });
        }
      }),
      scripts.onDidClose((script) => {
        if (script === this.script) {
          this.load(undefined);
        }
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.followActiveEditor();
      }),
      vscode.window.onDidChangeTextEditorSelection(() => {
        this.followActiveEditor();
      }),
    ];
  }

  /** Open the panel next to the file, at one of its tabs. */
  async show(tab: Tab, uri?: string, table?: string[]): Promise<void> {
    if (this.view === undefined) {
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.adopt(vscode.window.createWebviewPanel(TYPE, "Cellbridge", place, {}));
    } else {
      this.view.reveal(undefined, true);
    }
    const wanted = uri === undefined ? undefined : this.services.scripts.of(vscode.Uri.parse(uri));
    if (wanted !== undefined && wanted !== this.script) {
      this.load(wanted);
    }
    this.post(table === undefined ? { type: "show", tab } : { type: "show", tab, path: table });
    return Promise.resolve();
  }

  /** Open the panel at the outputs of a cell. */
  async showCell({ uri, cell }: CellPlace): Promise<void> {
    await this.show("outputs", uri);
    this.post({ type: "show", tab: "outputs", cell });
  }

  async search(): Promise<void> {
    await this.show("outputs");
    this.view?.reveal(undefined, false);
    this.post({ type: "search" });
  }

  /** Use a webview: a new one, or one that VS Code restored after a reload. */
  adopt(view: vscode.WebviewPanel): void {
    this.view?.dispose();
    this.view = view;
    this.ready = false;
    const icon = (theme: string) =>
      vscode.Uri.joinPath(this.services.context.extensionUri, "media", `panel-${theme}.svg`);
    view.iconPath = { light: icon("light"), dark: icon("dark") };
    view.webview.options = { enableScripts: true, localResourceRoots: [this.folder] };
    view.webview.onDidReceiveMessage((message: FromPanel) => void this.receive(message));
    view.onDidDispose(() => {
      if (this.view === view) {
        this.view = undefined;
        this.ready = false;
        this.pending = [];
      }
    });
    view.webview.html = pageHtml(view.webview, this.folder);
    this.script = this.services.scripts.active ?? this.script ?? this.services.scripts.all()[0];
  }

  dispose(): void {
    this.view?.dispose();
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private shownScript(uri: string): Script | undefined {
    if (this.view === undefined || this.script === undefined) {
      return undefined;
    }
    return this.services.scripts.of(vscode.Uri.parse(uri)) === this.script ? this.script : undefined;
  }

  private post(message: ToPanel): void {
    if (this.view === undefined) {
      return;
    }
    // A page that is loading requests the whole document itself. Only requests of the user are kept.
    if (this.ready) {
      void this.view.webview.postMessage(message);
    } else if (message.type === "show" || message.type === "search") {
      this.pending.push(message);
    }
  }

  /** Reload the page after a change of cells, unless the same change was already forwarded to it. */
  private cellsChanged(script: Script): void {
    if (this.view !== undefined && this.script === undefined) {
      this.followActiveEditor();
    } else if (script === this.script) {
      this.outdated = true;
      queueMicrotask(() => {
        if (this.outdated) {
          this.load(this.script);
        }
      });
    }
  }

  private load(script: Script | undefined): void {
    this.script = script;
    this.outdated = false;
    if (script === undefined) {
      this.post({ type: "document", document: null });
      return;
    }
    const uri = script.uri.toString();
    const { kernel, ordered } = script.cells;
    const cells = { uri, version: script.document.version, kernel, cells: ordered };
    const name = path.basename(script.uri.fsPath);
    this.post({ type: "document", document: { uri, name, cells } });
    this.sendCursor();
  }

  /** Show the active script, and the cell at the cursor. */
  private followActiveEditor(): void {
    const script = this.services.scripts.active;
    if (this.view === undefined || script === undefined) {
      return;
    }
    if (script === this.script) {
      this.sendCursor();
    } else {
      this.load(script);
    }
  }

  private sendCursor(): void {
    const editor = vscode.window.activeTextEditor;
    const script = this.script;
    if (script === undefined || editor?.document !== script.document) {
      return;
    }
    const cell = script.cells.at(editor.selection.active.line);
    if (cell !== undefined) {
      this.post({ type: "cursor", uri: script.uri.toString(), cell: cell.id });
    }
  }

  private async receive(message: FromPanel): Promise<void> {
    switch (message.type) {
      case "ready":
        this.sendInitialState();
        return;
      case "request":
        await this.answerRequest(message);
        return;
      case "command":
        if (COMMANDS.includes(message.command)) {
          const { command, argument } = message;
          await reportErrors(this.services, () => this.services.client.executeCommand(command, argument as never));
        }
        return;
      case "goto":
        await this.goTo(message.uri, message.cell);
        return;
      default:
        await handleOutputRequest(message, this.script?.uri);
    }
  }

  private sendInitialState(): void {
    this.ready = true;
    this.load(this.script);
    for (const message of this.pending.splice(0)) {
      this.post(message);
    }
  }

  private async answerRequest({ id, method, params }: FromPanel & { type: "request" }): Promise<void> {
    const allowed = REQUESTS.find((one) => one === method);
    if (allowed === undefined) {
      return;
    }
    try {
      const given = params as Requests[typeof allowed]["params"];
      const result = await this.services.client.request(allowed, given);
      this.post({ type: "answer", id, result });
    } catch (error) {
      this.post({ type: "answer", id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async goTo(uri: string, id: string): Promise<void> {
    const script = this.services.scripts.of(vscode.Uri.parse(uri));
    const cell = script?.cells.get(id);
    if (script !== undefined && cell !== undefined) {
      const place = new vscode.Position(cell.first, 0);
      await showRange(script.uri, new vscode.Range(place, place));
    }
  }
}
