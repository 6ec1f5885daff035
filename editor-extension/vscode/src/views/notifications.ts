/**
 * Notifications of long cells that finish off screen, and of kernels that die.
 */
import * as vscode from "vscode";
import { moveCursor } from "../commands/activeEditor";
import { formatDuration } from "../outputs/outputText";
import type { KnownCell } from "../scripts/scriptCells";
import type { Script } from "../scripts/scripts";
import type { Services } from "../services";
import { extensionSettings } from "../extensionSettings";

/** Register the notifications. */
export function registerNotifications(services: Services): vscode.Disposable[] {
  return [
    services.scripts.onDidChangeCells(({ script, changed }) => {
      for (const { cell, before } of changed) {
        if (hasEnded(cell) && before?.run?.id === cell.run?.id && !hasEnded(before)) {
          void notifyCellEnded(script, cell);
        }
      }
    }),
    services.scripts.onDidChangeKernel(({ script, before }) => {
      const { state, message } = script.cells.kernel;
      if (state === "dead" && before.state !== "dead" && before.state !== "absent") {
        void notifyKernelDied(script, message ?? "");
      }
    }),
  ];
}

function hasEnded(cell: KnownCell | undefined): boolean {
  return cell?.run?.endedAt !== undefined;
}

async function notifyCellEnded(script: Script, cell: KnownCell): Promise<void> {
  const { startedAt, endedAt, state } = cell.run ?? {};
  const least = extensionSettings().longCells;
  const took = (endedAt ?? 0) - (startedAt ?? endedAt ?? 0);
  if (least <= 0 || took < least || isVisible(script, cell)) {
    return;
  }
  const named = cell.title === "" ? `Cell ${cell.index + 1}` : `“${cell.title}”`;
  const how = state === "ok" ? "has finished" : state === "error" ? "has failed" : "has ended";
  const message = `${named} ${how} after ${formatDuration(took)}.`;
  const show = state === "ok" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  if ((await show(message, "Show")) === "Show") {
    const editor = await vscode.window.showTextDocument(script.document);
    moveCursor(editor, { line: cell.first, character: 0 });
  }
}

function isVisible(script: Script, cell: KnownCell): boolean {
  const end = new vscode.Position(cell.last, 0);
  return (
    vscode.window.state.focused &&
    vscode.window.visibleTextEditors.some(
      (editor) =>
        editor.document === script.document &&
        editor.visibleRanges.some((range) => range.contains(end)),
    )
  );
}

async function notifyKernelDied(script: Script, message: string): Promise<void> {
  const text = message === "" ? "The kernel has died." : message;
  const answer = await vscode.window.showErrorMessage(text, "Restart Kernel", "Show Log");
  if (answer === "Restart Kernel") {
    await vscode.commands.executeCommand("cellbridge.restart", { uri: script.uri.toString() });
  } else if (answer === "Show Log") {
    await vscode.commands.executeCommand("cellbridge.showLog");
  }
}
