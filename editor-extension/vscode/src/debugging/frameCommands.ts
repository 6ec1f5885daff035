/**
 * The commands for the frames of an error, or of stopped code: Debug Error and the movement between frames.
 *
 * Owns their registration, and the cell that is shown in a notebook editor. In a text editor, the server
 * requests to show the line.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import type { FramesResult } from "../protocol.gen";
import type { Services } from "../services";
import type { DebugTarget, DebugTargets, TargetArgument } from "./debugTargets";
import type { FindNotebooks } from "./notebookPlaces";

/** Register the commands. */
export function registerFrameCommands(
  services: Services,
  targets: DebugTargets,
  notebooks: FindNotebooks,
): vscode.Disposable[] {
  const register = (command: string, act: (target: DebugTarget) => Promise<FramesResult | null>) =>
    vscode.commands.registerCommand(command, (given?: TargetArgument) =>
      reportErrors(services, async () => {
        const target = await targets.find(given);
        if (target !== undefined) {
          await showCell(notebooks, await act(target));
        }
      }),
    );
  const { client } = services;
  return [
    register("cellbridge.debugError", ({ uri, position }) =>
      client.executeCommand("cellbridge.debugError", { uri, position }),
    ),
    register("cellbridge.frameUp", ({ uri }) => client.executeCommand("cellbridge.frameUp", { uri })),
    register("cellbridge.frameDown", ({ uri }) => client.executeCommand("cellbridge.frameDown", { uri })),
    register("cellbridge.leaveFrames", ({ uri }) => client.executeCommand("cellbridge.leaveFrames", { uri })),
  ];
}

/** Show the cell of the selected frame, if it is in a notebook editor. */
async function showCell(notebooks: FindNotebooks, result: FramesResult | null): Promise<void> {
  const frame = result?.frames[result.selected];
  const sync = [...notebooks()].find(({ uri }) => uri === frame?.uri);
  const found = frame?.range && sync?.cellAt(frame.range.start.line);
  if (sync !== undefined && found) {
    const { index } = found.cell;
    await vscode.window.showNotebookDocument(sync.notebook, { selections: [new vscode.NotebookRange(index, index + 1)] });
  }
}
