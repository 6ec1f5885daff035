/**
 * Scripts and .ipynb files in VS Code's notebook editor, in the same session as in the text editor.
 *
 * Owns the serializers, the controllers and the open notebooks, and forwards events between them.
 */
import * as vscode from "vscode";
import { handleOutputRequest } from "../panel/outputActions";
import type { FromPanel } from "../../../panel/src/messages";
import { reportErrors } from "../commands/activeEditor";
import type { Services } from "../services";
import type { InputBoxes } from "../views/inputBoxes";
import { CellMarks } from "./cellMarks";
import { registerLanguageFeatures } from "./languageFeatures";
import { openAsNotebook, openAsText } from "./openWith";
import { NotebookDiagnostics } from "./diagnostics";
import { NotebookSerializer } from "./serializer";
import { isOurs, SCRIPT_TYPE, NOTEBOOK_TYPES } from "./notebookTypes";
import { NotebookSync } from "./notebookSync";
import { WidgetMessages } from "./widgetMessages";

/** The open notebooks. */
export class Notebooks implements vscode.Disposable {
  private readonly synced = new Map<vscode.NotebookDocument, NotebookSync>();
  private readonly controllers = new Map<string, vscode.NotebookController>();
  private readonly diagnostics = new NotebookDiagnostics();
  private readonly marks = new CellMarks((cell) => this.synced.get(cell.notebook)?.remarksOn(cell));
  /** Notebooks for which the controller was selected once. A later choice of the user stays. */
  private readonly withController = new WeakSet<vscode.NotebookDocument>();
  private readonly movedEmitter = new vscode.EventEmitter<void>();

  /** Return the open notebooks. */
  readonly all = (): Iterable<NotebookSync> => this.synced.values();
  /** The cells of a notebook may be at other lines of its script. */
  readonly onDidMoveCells = this.movedEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly inputs: InputBoxes,
  ) {}

  /** Register the notebook support. */
  register(): vscode.Disposable[] {
    const { client } = this.services;
    const documentOf = (run: string) =>
      [...this.synced.values()].find((sync) => sync.executions.has(run))?.uri ?? "";
    for (const type of NOTEBOOK_TYPES) {
      this.controllers.set(type, this.createController(type));
    }
    client.onNotification("cellbridge/cellsChanged", (params) => this.notebookOf(params.uri)?.apply(params));
    const serializers = NOTEBOOK_TYPES.map((type) =>
      vscode.workspace.registerNotebookSerializer(type, new NotebookSerializer(client, type, documentOf), {
        // A script stores no outputs: the session does.
        transientOutputs: type === SCRIPT_TYPE,
      }),
    );
    const messaging = vscode.notebooks.createRendererMessaging("cellbridge-renderer");
    const widgets = new WidgetMessages(client, messaging, (notebook) => this.synced.get(notebook));
    return [
      this,
      this.movedEmitter,
      this.diagnostics,
      this.marks,
      ...serializers,
      ...this.controllers.values(),
      ...this.registerCommands(),
      ...registerLanguageFeatures(client, (document) => this.findCell(document)),
      client.onNotebookDiagnostics(({ uri, diagnostics }) => {
        const sync = this.notebookOf(uri.toString());
        if (sync !== undefined) {
          this.diagnostics.show(sync, diagnostics);
        }
      }),
      client.onDidChangeState((state) => {
        if (state === "running") {
          for (const sync of this.synced.values()) {
            void sync.resend();
          }
          widgets.refresh(vscode.window.visibleNotebookEditors);
        }
      }),
      ...this.registerMessages(messaging, widgets),
      vscode.workspace.onDidOpenNotebookDocument((notebook) => {
        this.opened(notebook);
      }),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => {
        this.closed(notebook);
      }),
      vscode.workspace.onDidChangeNotebookDocument((event) => {
        this.changed(event);
      }),
      vscode.window.onDidChangeVisibleNotebookEditors((editors) => {
        this.selectController(editors);
        // An editor that was hidden has missed changes.
        widgets.refresh(editors);
      }),
      this.adoptOpenNotebooks(),
    ];
  }

  /** Register the messages of the page in which VS Code draws outputs. */
  private registerMessages(messaging: vscode.NotebookRendererMessaging, widgets: WidgetMessages): vscode.Disposable[] {
    this.services.client.onNotification("cellbridge/widgetsChanged", (params) => {
      const sync = this.notebookOf(params.uri);
      if (sync !== undefined) {
        widgets.forward(sync.notebook, params);
      }
    });
    return [
      messaging.onDidReceiveMessage(({ editor, message }) => {
        if (!widgets.receive(editor, message)) {
          void handleOutputRequest(message as FromPanel, editor.notebook.uri);
        }
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.synced.values()).dispose();
  }

  private adoptOpenNotebooks(): vscode.Disposable {
    for (const notebook of vscode.workspace.notebookDocuments) {
      this.opened(notebook);
    }
    this.selectController(vscode.window.visibleNotebookEditors);
    return new vscode.Disposable(() => undefined);
  }

  /**
   * Select the controller of notebooks as soon as they are visible. VS Code selects it only when a cell
   * is run, but without a controller the outputs of earlier runs cannot be shown.
   */
  private selectController(editors: readonly vscode.NotebookEditor[]): void {
    const extension = this.services.context.extension.id;
    for (const notebookEditor of editors) {
      const { notebook } = notebookEditor;
      if (isOurs(notebook) && !this.withController.has(notebook)) {
        this.withController.add(notebook);
        const id = controllerId(notebook.notebookType);
        void vscode.commands.executeCommand("notebook.selectKernel", { notebookEditor, id, extension });
      }
    }
  }

  private createController(type: string): vscode.NotebookController {
    const made = vscode.notebooks.createNotebookController(controllerId(type), type, "Cellbridge");
    made.description = "Session of this file";
    made.supportsExecutionOrder = true;
    made.executeHandler = async (cells, notebook) => {
      await this.run(notebook, cells);
    };
    made.interruptHandler = async (notebook) => {
      const uri = this.synced.get(notebook)?.uri ?? "";
      await reportErrors(this.services, () => this.services.client.executeCommand("cellbridge.interrupt", { uri }));
    };
    made.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
      if (selected) {
        // Earlier runs can be shown only now.
        this.synced.get(notebook)?.draw();
      }
    });
    return made;
  }

  private async run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const sync = this.synced.get(notebook);
    const wanted = cells.filter((cell) => cell.document.languageId !== "raw");
    if (sync === undefined) {
      return;
    }
    wanted.forEach((cell) => {
      sync.executions.showPending(cell);
    });
    await sync.flush();
    await reportErrors(this.services, () => this.runCells(sync, wanted));
    wanted.forEach((cell) => {
      if (cell.document.getText().trim() === "" || sync.lineOf(cell) === undefined) {
        sync.executions.dropPending(cell);
      }
    });
  }

  /** Run cells. All cells, or all below one, are one command, so that an error stops them. */
  private async runCells(sync: NotebookSync, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const { client } = this.services;
    const code = sync.notebook
      .getCells()
      .filter((cell) => cell.kind === vscode.NotebookCellKind.Code && cell.document.languageId !== "raw");
    const wait = false;
    const first = cells[0];
    const argument = first && sync.argument(first);
    if (first !== undefined && cells.length > 1 && cells.length === code.length) {
      await client.executeCommand("cellbridge.runAll", { uri: sync.uri, wait });
    } else if (argument && cells.length > 1 && cells.at(-1) === code.at(-1) && cells.length === code.length - code.indexOf(first)) {
      await client.executeCommand("cellbridge.runBelow", { ...argument, wait });
    } else {
      for (const cell of cells) {
        const one = sync.argument(cell);
        if (one !== undefined) {
          await client.executeCommand("cellbridge.runCell", { ...one, wait });
        }
      }
    }
  }

  private registerCommands(): vscode.Disposable[] {
    const { client } = this.services;
    const active = () => {
      const notebook = vscode.window.activeNotebookEditor?.notebook;
      return notebook && this.synced.get(notebook);
    };
    const restart = async () => {
      const sync = active();
      if (sync !== undefined) {
        await reportErrors(this.services, () => client.executeCommand("cellbridge.restart", { uri: sync.uri }));
      }
    };
    const register = (name: string, act: (...given: never[]) => unknown) => vscode.commands.registerCommand(name, act);
    return [
      register("cellbridge.openAsNotebook", (uri?: vscode.Uri) => openAsNotebook(uri)),
      register("cellbridge.openAsText", () => openAsText()),
      register("cellbridge.restartNotebook", restart),
    ];
  }

  private opened(notebook: vscode.NotebookDocument): void {
    const controller = this.controllers.get(notebook.notebookType);
    if (!isOurs(notebook) || controller === undefined || this.synced.has(notebook)) {
      return;
    }
    controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
    const { client, log } = this.services;
    const sync = new NotebookSync(notebook, client, controller, log, (one) => {
      this.marks.refresh();
      this.movedEmitter.fire();
      for (const { id, title, run } of one.store.ordered()) {
        this.inputs.update(one.uri, { id, title, run });
      }
    });
    this.synced.set(notebook, sync);
    void client.whenRunning().then(() => sync.flush());
  }

  private closed(notebook: vscode.NotebookDocument): void {
    const sync = this.synced.get(notebook);
    this.synced.delete(notebook);
    sync?.dispose();
    this.inputs.documentClosed(sync?.uri ?? "");
    if (sync !== undefined) {
      this.diagnostics.closed(sync);
    }
  }

  private changed(event: vscode.NotebookDocumentChangeEvent): void {
    const sync = this.synced.get(event.notebook);
    const runs = sync?.takeCleared(event.cellChanges) ?? [];
    if (sync !== undefined && runs.length > 0) {
      void reportErrors(this.services, () => this.services.client.executeCommand("cellbridge.clearOutputs", { uri: sync.uri, runs }));
    }
    const typed = event.cellChanges.some((change) => change.document !== undefined);
    if (typed || event.contentChanges.length > 0) {
      const removed = event.contentChanges.flatMap((change) => change.removedCells);
      sync?.noteEdit(removed);
    }
  }

  private notebookOf(uri: string): NotebookSync | undefined {
    const wanted = vscode.Uri.parse(uri).toString();
    return [...this.synced.values()].find((sync) => vscode.Uri.parse(sync.uri).toString() === wanted);
  }

  private findCell(document: vscode.TextDocument): { sync: NotebookSync; cell: vscode.NotebookCell } | undefined {
    for (const [notebook, sync] of this.synced) {
      const cell = notebook.getCells().find((one) => one.document === document);
      if (cell !== undefined) {
        return { sync, cell };
      }
    }
    return undefined;
  }
}

/** Return the id of the controller for a notebook type. */
function controllerId(type: string): string {
  return `${type}-session`;
}
