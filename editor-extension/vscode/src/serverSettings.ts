/**
 * The settings that are sent to the server.
 *
 * Owns their values, which depend on other extensions that analyse Python (pythonAnalysers.ts): nothing
 * should be offered twice.
 */
import * as vscode from "vscode";
import { activeAnalysers, ANALYSER_SETTINGS } from "./pythonAnalysers";
import { DEFAULTS, type Settings } from "./protocol.gen";

/** Return the ids of the installed extensions that analyse Python. */
export function installedAnalysers(): string[] {
  return activeAnalysers({
    isInstalled: (id) => vscode.extensions.getExtension(id) !== undefined,
    setting: (name) => vscode.workspace.getConfiguration().get(name),
  });
}

/** Listen to changes of the installed analysers and of their settings. */
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
 * Return the settings for the server: the user's, but without static analysis if another extension
 * provides it and the user has not set `completion.static`.
 */
export function serverSettings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("cellbridge");
  const settings: Record<string, unknown> = {};
  for (const group of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    settings[group] = Object.fromEntries(
      Object.keys(DEFAULTS[group]).map((name) => [name, configuration.get(`${group}.${name}`)]),
    );
  }
  // outputs/decorations.ts draws results, in colour and without delay.
  settings.hints = { ...(settings.hints as object), enabled: false };
  const inspected = configuration.inspect<boolean>("completion.static");
  const userValue = inspected?.workspaceFolderValue ?? inspected?.workspaceValue ?? inspected?.globalValue;
  if (userValue === undefined && installedAnalysers().length > 0) {
    settings.completion = { ...(settings.completion as object), static: false };
  }
  return settings;
}
