/**
 * The settings of the extension itself, which are not sent to the server.
 *
 * Owns their reading, with the defaults that package.json declares. serverSettings.ts has the settings
 * of the server.
 */
import * as vscode from "vscode";

/** The settings of the extension. */
export interface ExtensionSettings {
  outputs: "underCells" | "lineEnds";
  maxLines: number;
  /** Seconds; 0 means never. */
  longCells: number;
  confirmRestart: boolean;
  /** The server's setting for hints, which the extension draws itself. */
  hints: boolean;
  hintLength: number;
}

/** Return the current settings. */
export function extensionSettings(): ExtensionSettings {
  const read = vscode.workspace.getConfiguration("cellbridge");
  return {
    outputs: read.get<ExtensionSettings["outputs"]>("display.outputs", "underCells"),
    maxLines: read.get<number>("display.maxLines", 20),
    longCells: read.get<number>("notify.longCells", 30),
    confirmRestart: read.get<boolean>("kernel.confirmRestart", true),
    hints: read.get<boolean>("hints.enabled", true),
    hintLength: read.get<number>("hints.maxLength", 80),
  };
}
