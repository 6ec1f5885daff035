/**
 * The settings of the extension itself, which the server knows nothing of.
 *
 * Owns their reading, with the defaults that package.json declares. The server's own are in
 * neighbours.ts.
 */
import * as vscode from "vscode";

/** What a person can choose about this extension. */
export interface ExtensionSettings {
  outputs: "underCells" | "lineEnds";
  maxLines: number;
  /** Seconds; 0 means never. */
  longCells: number;
  confirmRestart: boolean;
  /** The server's hints, drawn here. */
  hints: boolean;
  hintLength: number;
}

/** Return the settings as they are now. */
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
