/**
 * A variable as an item of the tree view.
 *
 * Owns its icon, label and tooltip.
 */
import * as vscode from "vscode";
import { formatBytes } from "../outputs/outputText";
import type { Variable } from "../protocol.gen";

export interface VariableEntry {
  kind: "variable";
  uri: string;
  /** The path of keys to the variable, including its own key. */
  path: string[];
  variable: Variable;
}

/** The last item of a level with further variables. */
export interface MoreEntry {
  kind: "more";
  uri: string;
  /** The path of keys to the level. */
  path: string[];
  left: number;
}

export type Entry = VariableEntry | MoreEntry;

const ICONS: Record<string, string> = {
  bool: "symbol-boolean",
  bytes: "symbol-string",
  complex: "symbol-numeric",
  dict: "json",
  float: "symbol-numeric",
  function: "symbol-method",
  int: "symbol-numeric",
  list: "symbol-array",
  module: "package",
  set: "symbol-array",
  str: "symbol-string",
  tuple: "symbol-array",
  type: "symbol-class",
};

/** Create the tree item of an entry. */
export function toTreeItem(entry: Entry): vscode.TreeItem {
  if (entry.kind === "more") {
    const item = new vscode.TreeItem(`… ${entry.left} more`);
    item.command = { title: "Show more", command: "cellbridge.moreVariables", arguments: [entry] };
    return item;
  }
  const { variable } = entry;
  const { None, Collapsed } = vscode.TreeItemCollapsibleState;
  const label: vscode.TreeItemLabel = variable.changed
    ? { label: variable.name, highlights: [[0, variable.name.length]] }
    : { label: variable.name };
  const item = new vscode.TreeItem(label, variable.children ? Collapsed : None);
  item.id = `${entry.uri}#${JSON.stringify(entry.path)}`;
  const shape = variable.shape || (variable.length === undefined ? "" : `${variable.length} items`);
  const type = [variable.type, shape && `(${shape})`].filter(Boolean).join(" ");
  item.description = [variable.value, type].filter(Boolean).join("  · ");
  item.tooltip = tooltip(variable);
  item.iconPath = new vscode.ThemeIcon(
    variable.table ? "table" : (ICONS[variable.type] ?? "symbol-variable"),
    variable.changed ? new vscode.ThemeColor("cellbridge.changed") : undefined,
  );
  item.contextValue = [
    "variable",
    ...(entry.path.length === 1 ? ["name"] : []),
    ...(variable.table ? ["table"] : []),
  ].join(".");
  return item;
}

function tooltip(variable: Variable): vscode.MarkdownString {
  const made = new vscode.MarkdownString();
  made.appendCodeblock(variable.expression || variable.name, "python");
  const facts = [
    variable.type,
    variable.shape,
    variable.dtype,
    variable.size === undefined ? "" : formatBytes(variable.size),
    variable.changed ? "changed by the last run" : "",
  ];
  made.appendText(facts.filter(Boolean).join(" · "));
  made.appendCodeblock(variable.value, "text");
  return made;
}
