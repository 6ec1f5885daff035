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
import { registerLanguages } from "./languages";
import { Serializer } from "./serializer";
import { IPYNB, isOurs, SCRIPT, TYPES } from "./types";
import { View } from "./view";

/** Begin the notebook view. */
export function registerNotebooks(services: Services): vscode.Disposable[] {
  const notebooks = new Notebooks(services);
  return [notebooks, ...notebooks.register()];
}

class Notebooks implements vscode.Disposable {
  private readonly views = new Map<vscode.NotebookDocument, View>();
  private readonly controllers = new Map<string, vscode.NotebookController>();
  private readonly problems = vscode.languages.createDiagnosticCollection("cellbridge-notebook");
  /** Questions of `input()` that a person has been asked. */
  private readonly asked = new Set<string>();

  constructor(private readonly services: Services) {}

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
        this.diagnose(uri, diagnostics);
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
    return new vscode.Disposable(() => undefined);
  }

  private controller(type: string): vscode.NotebookController {
    const made = vscode.notebooks.createNotebookController(`${type}-session`, type, "Cellbridge");
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
    const view = new View(notebook, client, controller, log, (one) => void this.question(one));
    this.views.set(notebook, view);
    void client.whenRunning().then(() => view.flush());
  }

  private closed(notebook: vscode.NotebookDocument): void {
    const view = this.views.get(notebook);
    this.views.delete(notebook);
    view?.dispose();
    for (const cell of notebook.getCells()) {
      this.problems.delete(cell.document.uri);
    }
  }

  private changed(event: vscode.NotebookDocumentChangeEvent): void {
    const view = this.views.get(event.notebook);
    for (const { cell, outputs } of event.cellChanges) {
      if (outputs?.length === 0 && view?.executions.cleared(cell) === true) {
        void this.clear(view, cell);
      }
    }
    const typed = event.cellChanges.some((change) => change.document !== undefined);
    if (typed || event.contentChanges.length > 0) {
      const removed = event.contentChanges.flatMap((change) => change.removedCells);
      view?.edited(removed);
    }
  }

  /** Outputs that a person clears in the notebook are cleared in the session. */
  private async clear(view: View, cell: vscode.NotebookCell): Promise<void> {
    const argument = view.argument(cell);
    if (argument !== undefined) {
      await attempt(this.services, () => this.services.client.command("cellbridge.clearOutputs", argument));
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

  private diagnose(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): void {
    const view = this.viewOf(uri.toString());
    const found = new Map<vscode.NotebookCell, vscode.Diagnostic[]>();
    for (const one of diagnostics) {
      const at = view?.cellAt(one.range.start.line);
      if (at !== undefined) {
        const by = at.line - one.range.start.line;
        const { start, end } = one.range;
        const range = new vscode.Range(start.translate(by), end.translate(by));
        const moved = new vscode.Diagnostic(range, one.message, one.severity);
        moved.source = one.source ?? "cellbridge";
        found.set(at.cell, [...(found.get(at.cell) ?? []), moved]);
      }
    }
    for (const cell of view?.notebook.getCells() ?? []) {
      this.problems.set(cell.document.uri, found.get(cell) ?? []);
    }
  }

  /** Ask a person what a cell asks with `input()`. */
  private async question(view: View): Promise<void> {
    const run = view.store.ordered().find((cell) => cell.run?.waiting !== undefined)?.run;
    const waiting = run?.waiting;
    const key = waiting && `${run.id} ${waiting.number ?? 1}`;
    if (key === undefined || this.asked.has(key)) {
      return;
    }
    this.asked.add(key);
    const text = await vscode.window.showInputBox({
      prompt: waiting?.prompt || "input()",
      password: waiting?.password ?? false,
      ignoreFocusOut: true,
    });
    if (text !== undefined) {
      const argument = { uri: view.uri, text };
      await attempt(this.services, () => this.services.client.command("cellbridge.answerInput", argument));
    }
  }
}

/** Show the file in the notebook editor; what was typed is saved first, since that reads the file. */
async function openAsNotebook(given: vscode.Uri | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const uri = given ?? editor?.document.uri;
  if (uri === undefined) {
    void vscode.window.showInformationMessage("Open a script first; it is then shown as a notebook.");
    return;
  }
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty === true && !(await document.save())) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", uri, uri.path.endsWith(".ipynb") ? IPYNB : SCRIPT);
}

async function openAsText(): Promise<void> {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook === undefined || (notebook.isDirty && !(await notebook.save()))) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", notebook.uri, "default");
}
