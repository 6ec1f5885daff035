/**
 * Other servers for Python at work in this editor, so that nothing is offered twice.
 *
 * Owns hearing of them, and the settings that the server is told because of them. Which they are is
 * in analysers.ts.
 */
import * as vscode from "vscode";
import { activeAnalysers, ANALYSER_SETTINGS } from "./pythonAnalysers";
import { DEFAULTS, type Settings } from "./protocol.gen";

/** Return the names of the extensions that analyse Python here. */
export function installedAnalysers(): string[] {
  return activeAnalysers({
    isInstalled: (id) => vscode.extensions.getExtension(id) !== undefined,
    setting: (name) => vscode.workspace.getConfiguration().get(name),
  });
}

/** Hear of neighbours that come and go, or are told to offer something else. */
export function onDidChangeAnalysers(changed: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.extensions.onDidChange(changed),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (ANALYSER_SETTINGS.some((name) => event.affectsConfiguration(name))) {
        changed();
      }
    }),
  );
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
  const inspected = configuration.inspect<boolean>("completion.static");
  const userValue = inspected?.workspaceFolderValue ?? inspected?.workspaceValue ?? inspected?.globalValue;
  if (userValue === undefined && installedAnalysers().length > 0) {
    settings.completion = { ...(settings.completion as object), static: false };
  }
  return settings;
}
