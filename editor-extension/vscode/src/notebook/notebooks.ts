/**
 * Scripts and notebook files in VS Code's notebook editor, in the same session as everywhere else.
 *
 * Owns the serializers, the controllers and the open views, and passes on what they have to know of
 * one another.
 */
import * as vscode from "vscode";
import { fromPage } from "../panelActions";
import type { FromPanel } from "../../../panel/src/messages";
import { attempt } from "../commands/here";
import type { Services } from "../services";
import type { Inputs } from "../views/input";
import { registerLanguages } from "./languages";
import { openAsNotebook, openAsText } from "./opening";
import { Problems } from "./problems";
import { Serializer } from "./serializer";
import { isOurs, SCRIPT, TYPES } from "./types";
import { View } from "./view";

/** Begin the notebook view. */
export function registerNotebooks(services: Services, inputs: Inputs): vscode.Disposable[] {
  const notebooks = new Notebooks(services, inputs);
  return [notebooks, ...notebooks.register()];
}

class Notebooks implements vscode.Disposable {
  private readonly views = new Map<vscode.NotebookDocument, View>();
  private readonly controllers = new Map<string, vscode.NotebookController>();
  private readonly problems = new Problems();
  /** Notebooks that have been given their controller; what a person chooses then stays. */
  private readonly given = new WeakSet<vscode.NotebookDocument>();

  constructor(
    private readonly services: Services,
    private readonly inputs: Inputs,
  ) {}

  register(): vscode.Disposable[] {
    const { client } = this.services;
    const documentOf = (run: string) =>
      [...this.views.values()].find((view) => view.executions.has(run))?.uri ?? "";
    for (const type of TYPES) {
      this.controllers.set(type, this.controller(type));
    }
    client.on("cellbridge/cellsChanged", (params) => this.viewOf(params.uri)?.news(params));
    const serializers = TYPES.map((type) =>
      vscode.workspace.registerNotebookSerializer(type, new Serializer(client, type, documentOf), {
        // A script holds no outputs: they are the session's.
        transientOutputs: type === SCRIPT,
      }),
    );
    const messaging = vscode.notebooks.createRendererMessaging("cellbridge-renderer");
    return [
      this.problems,
      ...serializers,
      ...this.controllers.values(),
      ...this.commands(),
      ...registerLanguages(client, (document) => this.find(document)),
      client.onViewDiagnostics(({ uri, diagnostics }) => {
        const view = this.viewOf(uri.toString());
        if (view !== undefined) {
          this.problems.show(view, diagnostics);
        }
      }),
      client.onDidChangeState((state) => {
        if (state === "running") {
          for (const view of this.views.values()) {
            void view.restarted();
          }
        }
      }),
      messaging.onDidReceiveMessage(({ editor, message }) => fromPage(message as FromPanel, editor.notebook.uri)),
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
        this.give(editors);
      }),
      this.openedBefore(),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.views.values()).dispose();
  }

  private openedBefore(): vscode.Disposable {
    for (const notebook of vscode.workspace.notebookDocuments) {
      this.opened(notebook);
    }
    this.give(vscode.window.visibleNotebookEditors);
    return new vscode.Disposable(() => undefined);
  }

  /**
   * Give notebooks their controller as soon as they are seen. VS Code itself does so only when a cell
   * is run, and without one no outputs can be shown of runs that were there before.
   */
  private give(editors: readonly vscode.NotebookEditor[]): void {
    const extension = this.services.context.extension.id;
    for (const notebookEditor of editors) {
      const { notebook } = notebookEditor;
      if (isOurs(notebook) && !this.given.has(notebook)) {
        this.given.add(notebook);
        const id = sessionOf(notebook.notebookType);
        void vscode.commands.executeCommand("notebook.selectKernel", { notebookEditor, id, extension });
      }
    }
  }

  private controller(type: string): vscode.NotebookController {
    const made = vscode.notebooks.createNotebookController(sessionOf(type), type, "Cellbridge");
    made.description = "The session of the file";
    made.supportsExecutionOrder = true;
    made.executeHandler = async (cells, notebook) => {
      await this.run(notebook, cells);
    };
    made.interruptHandler = async (notebook) => {
      const uri = this.views.get(notebook)?.uri ?? "";
      await attempt(this.services, () => this.services.client.command("cellbridge.interrupt", { uri }));
    };
    made.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
      if (selected) {
        // Runs that were there before can be shown only now.
        this.views.get(notebook)?.draw();
      }
    });
    return made;
  }

  private async run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const view = this.views.get(notebook);
    const wanted = cells.filter((cell) => cell.document.languageId !== "raw");
    if (view === undefined) {
      return;
    }
    wanted.forEach((cell) => {
      view.executions.wish(cell);
    });
    await view.flush();
    await attempt(this.services, () => this.order(view, wanted));
    wanted.forEach((cell) => {
      if (cell.document.getText().trim() === "" || view.lineOf(cell) === undefined) {
        view.executions.forget(cell);
      }
    });
  }

  /** Have cells run: all of them at once where that is what is wanted, so that an error stops them. */
  private async order(view: View, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const { client } = this.services;
    const code = view.notebook
      .getCells()
      .filter((cell) => cell.kind === vscode.NotebookCellKind.Code && cell.document.languageId !== "raw");
    const wait = false;
    const first = cells[0];
    const argument = first && view.argument(first);
    if (first !== undefined && cells.length > 1 && cells.length === code.length) {
      await client.command("cellbridge.runAll", { uri: view.uri, wait });
    } else if (argument && cells.length > 1 && cells.at(-1) === code.at(-1) && cells.length === code.length - code.indexOf(first)) {
      await client.command("cellbridge.runBelow", { ...argument, wait });
    } else {
      for (const cell of cells) {
        const one = view.argument(cell);
        if (one !== undefined) {
          await client.command("cellbridge.runCell", { ...one, wait });
        }
      }
    }
  }

  private commands(): vscode.Disposable[] {
    const { client } = this.services;
    const active = () => {
      const notebook = vscode.window.activeNotebookEditor?.notebook;
      return notebook && this.views.get(notebook);
    };
    const restart = async () => {
      const view = active();
      if (view !== undefined) {
        await attempt(this.services, () => client.command("cellbridge.restart", { uri: view.uri }));
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
    if (!isOurs(notebook) || controller === undefined || this.views.has(notebook)) {
      return;
    }
    controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
    const { client, log } = this.services;
    const view = new View(notebook, client, controller, log, (one) => {
      for (const { id, title, run } of one.store.ordered()) {
        this.inputs.look(one.uri, { id, title, run });
      }
    });
    this.views.set(notebook, view);
    void client.whenRunning().then(() => view.flush());
  }

  private closed(notebook: vscode.NotebookDocument): void {
    const view = this.views.get(notebook);
    this.views.delete(notebook);
    view?.dispose();
    this.inputs.closed(view?.uri ?? "");
    if (view !== undefined) {
      this.problems.closed(view);
    }
  }

  private changed(event: vscode.NotebookDocumentChangeEvent): void {
    const view = this.views.get(event.notebook);
    const runs = view?.cleared(event.cellChanges) ?? [];
    if (view !== undefined && runs.length > 0) {
      void attempt(this.services, () => this.services.client.command("cellbridge.clearOutputs", { uri: view.uri, runs }));
    }
    const typed = event.cellChanges.some((change) => change.document !== undefined);
    if (typed || event.contentChanges.length > 0) {
      const removed = event.contentChanges.flatMap((change) => change.removedCells);
      view?.edited(removed);
    }
  }

  private viewOf(uri: string): View | undefined {
    const wanted = vscode.Uri.parse(uri).toString();
    return [...this.views.values()].find((view) => vscode.Uri.parse(view.uri).toString() === wanted);
  }

  private find(document: vscode.TextDocument): { view: View; cell: vscode.NotebookCell } | undefined {
    for (const [notebook, view] of this.views) {
      const cell = notebook.getCells().find((one) => one.document === document);
      if (cell !== undefined) {
        return { view, cell };
      }
    }
    return undefined;
  }
}

/** Return the name of the controller of a type of notebooks. */
function sessionOf(type: string): string {
  return `${type}-session`;
}
