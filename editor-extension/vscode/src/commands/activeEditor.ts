/**
 * The active editor as the default target of commands, and the report of failed commands.
 */
import * as vscode from "vscode";
import { ServerError } from "../client";
import type { Position, Range } from "../protocol.gen";
import type { Services } from "../services";

/** A script and the position of the cursor in it. */
export interface ActiveLocation {
  uri: string;
  position: Position;
  editor: vscode.TextEditor;
}

/** Return the location of the cursor; undefined if no text editor is active. */
export function activeLocation(): ActiveLocation | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor && { uri: editor.document.uri.toString(), position: toProtocolPosition(editor.selection.active), editor };
}

export function toProtocolPosition(place: vscode.Position): Position {
  return { line: place.line, character: place.character };
}

export function toProtocolRange(area: vscode.Range): Range {
  return { start: toProtocolPosition(area.start), end: toProtocolPosition(area.end) };
}

export function fromProtocolPosition(at: Position): vscode.Position {
  return new vscode.Position(at.line, at.character);
}

/** Move the cursor to a position and reveal it. */
export function moveCursor(editor: vscode.TextEditor, at: Position): void {
  const place = fromProtocolPosition(at);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(
    new vscode.Range(place, place),
    vscode.TextEditorRevealType.InCenterIfOutsideViewport,
  );
}

/** LSP's RequestFailed: the server has already shown a message. */
const REQUEST_FAILED = -32803;

/** Run an operation, and show an error message to the user if it fails. */
export async function reportErrors<T>(services: Services, operation: () => Promise<T>): Promise<T | undefined> {
  try {
    return await operation();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === REQUEST_FAILED) {
      return undefined;
    }
    const message = error instanceof Error ? error.message : String(error);
    services.log.error(message);
    const restart = error instanceof ServerError ? ["Restart Server"] : [];
    void vscode.window.showErrorMessage(message, ...restart, "Show Log").then((answer) => {
      if (answer !== undefined) {
        const command = answer === "Show Log" ? "cellbridge.showLog" : "cellbridge.restartServer";
        void vscode.commands.executeCommand(command);
      }
    });
    return undefined;
  }
}
