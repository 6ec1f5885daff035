/**
 * Other servers for Python at work in this editor, so that nothing is offered twice.
 *
 * Owns the list of them, and the settings that the server is told because of them.
 */
import * as vscode from "vscode";
import { DEFAULTS, type Settings } from "./protocol.gen";

/** Extensions that analyse Python's text; what they offer need not be offered by us. */
const ANALYSERS = [
  "ms-python.vscode-pylance",
  "ms-pyright.pyright",
  "detachhead.basedpyright",
  "astral-sh.ty",
  "meta.pyrefly",
  "anysphere.cursorpyright",
];

/** The Python extension brings a server of its own unless it is told not to. */
const PYTHON = "ms-python.python";

/** Return the names of the extensions that analyse Python here. */
export function neighbours(): string[] {
  const found = ANALYSERS.filter((id) => vscode.extensions.getExtension(id) !== undefined);
  const python = vscode.extensions.getExtension(PYTHON);
  const server = vscode.workspace.getConfiguration("python").get<string>("languageServer");
  // "Default" is Pylance, which is in the list above, or jedi where that is not installed.
  const jedi = server === "Jedi" || (server === "Default" && !found.includes(ANALYSERS[0] ?? ""));
  return python && jedi ? [...found, PYTHON] : found;
}

/**
 * Return the settings that the server is to have: a person's own, but without static analysis where
 * a neighbour does that and the person has not said otherwise.
 */
export function serverSettings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("cellbridge");
  const settings: Record<string, unknown> = {};
  for (const group of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    settings[group] = Object.fromEntries(
      Object.keys(DEFAULTS[group]).map((name) => [name, configuration.get(`${group}.${name}`)]),
    );
  }
  // Results are drawn by outputs/decorations.ts, in colour and at once.
  settings.hints = { ...(settings.hints as object), enabled: false };
  const said = configuration.inspect<boolean>("completion.static");
  const own = said?.workspaceFolderValue ?? said?.workspaceValue ?? said?.globalValue;
  if (own === undefined && neighbours().length > 0) {
    settings.completion = { ...(settings.completion as object), static: false };
  }
  return settings;
}
