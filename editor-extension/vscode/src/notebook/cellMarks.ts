/**
 * The remarks on a run in the status bar of its cell: the agent that requested it, and words about its
 * result, such as "stale" or "earlier kernel".
 *
 * Owns the items. The server owns the words, which are the same in all editors.
 */
import * as vscode from "vscode";
import { agentName } from "../agents/agentText";
import { NOTEBOOK_TYPES } from "./notebookTypes";

/** Explanations of the words, for the tooltip. */
const EXPLANATIONS: Record<string, string> = {
  "earlier kernel": "The kernel of this run has ended, so the names that it defined no longer exist. Run the cell again.",
  stale: "The code, or a value that it reads, has changed since this run.",
};

/** The remarks on the last run of a cell; both may be empty. */
export interface CellRemarks {
  author: string;
  mark: string;
}

export class CellMarks implements vscode.NotebookCellStatusBarItemProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  readonly onDidChangeCellStatusBarItems = this.changes.event;
  private readonly registrations: vscode.Disposable[];

  constructor(private readonly remarksOn: (cell: vscode.NotebookCell) => CellRemarks | undefined) {
    this.registrations = NOTEBOOK_TYPES.map((type) => vscode.notebooks.registerNotebookCellStatusBarItemProvider(type, this));
  }

  /** Request the items again. */
  refresh(): void {
    this.changes.fire();
  }

  provideCellStatusBarItems(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem[] {
    const { author, mark } = this.remarksOn(cell) ?? { author: "", mark: "" };
    return [
      ...(author === "" ? [] : [toItem(`$(hubot) ${agentName(author)}`, `The agent ${author} requested this run.`)]),
      ...(mark === "" ? [] : [toItem(mark, explain(mark))]),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(this.changes, ...this.registrations).dispose();
  }
}

function toItem(text: string, tooltip: string): vscode.NotebookCellStatusBarItem {
  const item = new vscode.NotebookCellStatusBarItem(text, vscode.NotebookCellStatusBarAlignment.Left);
  item.tooltip = tooltip;
  return item;
}

function explain(mark: string): string {
  const words = mark.split(" · ").map((word) => EXPLANATIONS[word] ?? word);
  return words.join("\n");
}
