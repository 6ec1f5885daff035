/**
 * The commands about a script's kernel and its outputs.
 *
 * Owns their registration, and asking before something is lost.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { ownSettings } from "../settings";
import { attempt, here } from "./here";

type Given = { uri?: string } | undefined;

/** Register the commands. */
export function registerKernel(services: Services): vscode.Disposable[] {
  const plain = (command: "cellbridge.interrupt" | "cellbridge.shutdown") =>
    vscode.commands.registerCommand(command, (given?: Given) =>
      attempt(services, async () => {
        const uri = uriOf(given);
        return uri && services.client.command(command, { uri });
      }),
    );
  return [
    plain("cellbridge.interrupt"),
    plain("cellbridge.shutdown"),
    vscode.commands.registerCommand("cellbridge.restart", (given?: Given) =>
      attempt(services, async () => {
        const uri = uriOf(given);
        if (uri && (await mayRestart(services, uri))) {
          await services.client.command("cellbridge.restart", { uri });
        }
      }),
    ),
    vscode.commands.registerCommand("cellbridge.clearOutputs", () =>
      attempt(services, async () => {
        const uri = uriOf(undefined);
        return uri && services.client.command("cellbridge.clearOutputs", { uri });
      }),
    ),
    vscode.commands.registerCommand("cellbridge.clearCellOutputs", () =>
      attempt(services, async () => {
        const at = here();
        const argument = at && { uri: at.uri, position: at.position };
        return argument && services.client.command("cellbridge.clearOutputs", argument);
      }),
    ),
  ];
}

function uriOf(given: Given): string | undefined {
  return typeof given?.uri === "string" ? given.uri : here()?.uri;
}

/** Whether nothing is lost by a restart, or a person has agreed to lose it. */
async function mayRestart(services: Services, uri: string): Promise<boolean> {
  const script = services.scripts.of(vscode.Uri.parse(uri));
  if (script?.cells.kernel.state !== "busy" || !ownSettings().confirmRestart) {
    return true;
  }
  const answer = await vscode.window.showWarningMessage(
    "A cell is running. Restarting the kernel ends it, and all variables are lost.",
    { modal: true },
    "Restart",
  );
  return answer === "Restart";
}
