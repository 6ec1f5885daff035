/**
 * The values of variables at the ends of lines while the code is stopped.
 *
 * Owns the provider. VS Code looks up the values in the frame; pythonNames.ts chooses the names.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { DEBUG_TYPE } from "./debugProtocol";
import { namesAbove } from "./pythonNames";

/** Register the provider for scripts and for the cells of notebooks. */
export function registerInlineValues({ scripts }: Services): vscode.Disposable {
  return vscode.languages.registerInlineValuesProvider("python", {
    provideInlineValues(document, _viewPort, { stoppedLocation }) {
      if (vscode.debug.activeDebugSession?.type !== DEBUG_TYPE) {
        return [];
      }
      const last = stoppedLocation.start.line;
      const first = scripts.of(document.uri)?.cells.at(last)?.first ?? 0;
      const lines = document.getText().split(/\r?\n/);
      return namesAbove(lines, first, last).map(({ name, line, character }) => {
        const range = new vscode.Range(line, character, line, character + name.length);
        return new vscode.InlineValueVariableLookup(range, name, true);
      });
    },
  });
}
