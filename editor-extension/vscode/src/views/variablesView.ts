/**
 * The tree view of the variables of the active script.
 *
 * Owns the view. variableItem.ts formats a variable, and the panel opens tables.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import type { VariablesParams } from "../protocol.gen";
import type { Services } from "../services";
import { type Entry, toTreeItem, type MoreEntry, type VariableEntry } from "./variableItem";

/** Number of variables per request. */
const PAGE_SIZE = 100;

type Sort = NonNullable<VariablesParams["sort"]>;

const SORT_ORDERS: { label: string; sort: Sort; descending: boolean }[] = [
  { label: "Name", sort: "name", descending: false },
  { label: "Type", sort: "type", descending: false },
  { label: "Size, largest first", sort: "size", descending: true },
  { label: "Most recent first", sort: "recent", descending: true },
];

/** The view with its commands. */
export class VariablesView implements vscode.TreeDataProvider<Entry>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Entry | undefined>();
  private readonly view: vscode.TreeView<Entry>;
  private readonly disposables: vscode.Disposable[];
  /** Number of shown variables by path, for levels where the user requested more. */
  private readonly shown = new Map<string, number>();
  private uri: string | undefined;
  private order = SORT_ORDERS[0];
  private hidden = false;
  private filter = "";

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly services: Services) {
    this.view = vscode.window.createTreeView("cellbridge.variables", { treeDataProvider: this });
    this.disposables = [
      this.view,
      this.emitter,
      services.scripts.onDidChangeKernel(({ script, before }) => {
        // A running kernel sends a notification when its variables change.
        if (isRunning(script.cells.kernel.state) !== isRunning(before.state)) {
          this.variablesChanged(script.uri.toString());
        }
      }),
      services.scripts.onDidClose(() => {
        this.followActiveEditor();
      }),
      services.client.onDidChangeState(() => {
        this.followActiveEditor();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.followActiveEditor();
      }),
      this.view.onDidChangeVisibility(() => {
        this.followActiveEditor();
      }),
      ...this.registerCommands(),
    ];
    services.client.onNotification("cellbridge/variablesChanged", ({ uri }) => {
      this.variablesChanged(uri);
    });
    this.followActiveEditor();
  }

  getTreeItem(entry: Entry): vscode.TreeItem {
    return toTreeItem(entry);
  }

  async getChildren(parent?: Entry): Promise<Entry[]> {
    const uri = this.uri;
    if (uri === undefined || !this.view.visible || parent?.kind === "more") {
      return [];
    }
    const path = parent?.path ?? [];
    const count = this.shown.get(JSON.stringify(path)) ?? PAGE_SIZE;
    try {
      const result = await this.services.client.request("cellbridge/variables", {
        uri,
        path,
        count,
        sort: this.order?.sort ?? "name",
        descending: this.order?.descending ?? false,
        hidden: this.hidden,
        filter: parent ? "" : this.filter,
      });
      if (!parent) {
        this.setMessage(result.message ?? "");
      }
      const entries: Entry[] = result.variables.map((variable) => ({
        kind: "variable",
        uri,
        path: [...path, variable.key],
        variable,
      }));
      const left = result.total - entries.length;
      return left > 0 ? [...entries, { kind: "more", uri, path, left }] : entries;
    } catch (error) {
      this.setMessage(error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** Show the active script. Other editors keep the last script. */
  private followActiveEditor(): void {
    const script = this.services.scripts.active;
    const gone = !this.services.scripts.all().some((one) => one.uri.toString() === this.uri);
    if (script && script.uri.toString() !== this.uri) {
      this.uri = script.uri.toString();
      this.shown.clear();
    } else if (gone) {
      this.uri = undefined;
    }
    this.view.description = this.uri && vscode.Uri.parse(this.uri).path.split("/").at(-1);
    this.emitter.fire(undefined);
  }

  private variablesChanged(uri: string): void {
    if (uri === this.uri && this.view.visible) {
      this.emitter.fire(undefined);
    } else if (this.uri === undefined) {
      this.followActiveEditor();
    }
  }

  private setMessage(message: string): void {
    const filtered = this.filter === "" ? "" : `Filtered by “${this.filter}”.`;
    const text = [message, filtered].filter((one) => one !== "").join(" ");
    this.view.message = text === "" ? undefined : text;
  }

  private showMore(entry: MoreEntry): void {
    const key = JSON.stringify(entry.path);
    this.shown.set(key, (this.shown.get(key) ?? PAGE_SIZE) + PAGE_SIZE * 5);
    this.emitter.fire(undefined);
  }

  private registerCommands(): vscode.Disposable[] {
    const on = (name: string, act: (entry: never) => unknown) =>
      vscode.commands.registerCommand(`cellbridge.${name}`, act);
    const refresh = () => {
      this.emitter.fire(undefined);
    };
    return [
      on("refreshVariables", refresh),
      on("moreVariables", (entry: MoreEntry) => {
        this.showMore(entry);
      }),
      on("sortVariables", async () => {
        this.order = (await vscode.window.showQuickPick(SORT_ORDERS)) ?? this.order;
        refresh();
      }),
      on("showHiddenVariables", () => {
        this.hidden = !this.hidden;
        refresh();
      }),
      on("filterVariables", async () => {
        const prompt = "Show only variables whose name or type contains this text";
        this.filter = (await vscode.window.showInputBox({ prompt, value: this.filter })) ?? this.filter;
        refresh();
      }),
      on("copyVariableName", ({ variable }: VariableEntry) =>
        vscode.env.clipboard.writeText(variable.expression || variable.name),
      ),
      on("copyVariableValue", ({ variable }: VariableEntry) =>
        vscode.env.clipboard.writeText(variable.value),
      ),
      on("deleteVariable", (entry: VariableEntry) => this.deleteVariable(entry)),
      on("renameVariable", (entry: VariableEntry) => this.renameVariable(entry)),
    ];
  }

  private async deleteVariable({ uri, variable }: VariableEntry): Promise<void> {
    const name = variable.name;
    await reportErrors(this.services, () =>
      this.services.client.executeCommand("cellbridge.deleteVariable", { uri, name }),
    );
    this.emitter.fire(undefined);
  }

  private async renameVariable({ uri, variable }: VariableEntry): Promise<void> {
    const name = variable.name;
    const prompt = `New name of ${name}. Only the kernel is changed, not the script.`;
    const newName = await vscode.window.showInputBox({ prompt, value: name });
    if (newName && newName !== name) {
      const argument = { uri, name, newName };
      await reportErrors(this.services, () =>
        this.services.client.executeCommand("cellbridge.renameVariable", argument),
      );
      this.emitter.fire(undefined);
    }
  }
}

function isRunning(state: string): boolean {
  return state === "idle" || state === "busy";
}
