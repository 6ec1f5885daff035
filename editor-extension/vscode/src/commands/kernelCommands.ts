/**
 * The commands for the kernel of a script and for its outputs.
 *
 * Owns their registration, and the confirmation before a restart.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { extensionSettings } from "../extensionSettings";
import { reportErrors, activeLocation } from "./activeEditor";

type CommandArgument = { uri?: string } | undefined;

/** Register the commands. */
export function registerKernelCommands(services: Services): vscode.Disposable[] {
  const plain = (command: "cellbridge.interrupt" | "cellbridge.shutdown") =>
    vscode.commands.registerCommand(command, (given?: CommandArgument) =>
      reportErrors(services, async () => {
        const uri = uriOf(given);
        return uri && services.client.executeCommand(command, { uri });
      }),
    );
  return [
    plain("cellbridge.interrupt"),
    plain("cellbridge.shutdown"),
    vscode.commands.registerCommand("cellbridge.restart", (given?: CommandArgument) =>
      reportErrors(services, async () => {
        const uri = uriOf(given);
        if (uri && (await confirmRestart(services, uri))) {
          await services.client.executeCommand("cellbridge.restart", { uri });
        }
      }),
    ),
    vscode.commands.registerCommand("cellbridge.clearOutputs", () =>
      reportErrors(services, async () => {
        const uri = uriOf(undefined);
        return uri && services.client.executeCommand("cellbridge.clearOutputs", { uri });
      }),
    ),
    vscode.commands.registerCommand("cellbridge.clearCellOutputs", () =>
      reportErrors(services, async () => {
        const at = activeLocation();
        const argument = at && { uri: at.uri, position: at.position };
        return argument && services.client.executeCommand("cellbridge.clearOutputs", argument);
      }),
    ),
  ];
}

function uriOf(given: CommandArgument): string | undefined {
  return typeof given?.uri === "string" ? given.uri : activeLocation()?.uri;
}

/** Return true if a restart loses no running cell, or if the user confirms it. */
async function confirmRestart(services: Services, uri: string): Promise<boolean> {
  const script = services.scripts.of(vscode.Uri.parse(uri));
  if (script?.cells.kernel.state !== "busy" || !extensionSettings().confirmRestart) {
    return true;
  }
  const answer = await vscode.window.showWarningMessage(
    "A cell is running. Restarting the kernel stops it and deletes all variables.",
    { modal: true },
    "Restart",
  );
  return answer === "Restart";
}
