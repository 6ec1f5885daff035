/**
 * What a command is about when nobody says: the script and the place in the active editor.
 *
 * Owns that choice, and telling a person what a command could not do.
 */
import * as vscode from "vscode";
import { ServerError } from "../client";
import type { Position, Range } from "../protocol.gen";
import type { Services } from "../services";

/** A script and where the cursor is in it. */
export interface ActiveLocation {
  uri: string;
  position: Position;
  editor: vscode.TextEditor;
}

/** Return where the cursor is; undefined where no script is being edited. */
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

/** Put the cursor somewhere, in view. */
export function moveCursor(editor: vscode.TextEditor, at: Position): void {
  const place = fromProtocolPosition(at);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(
    new vscode.Range(place, place),
    vscode.TextEditorRevealType.InCenterIfOutsideViewport,
  );
}

/** The server refused: it has told why by a message of its own. */
const REQUEST_FAILED = -32803;

/** Do something that asks the server, and tell a person if it could not be done. */
export async function reportErrors<T>(services: Services, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
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
