/**
 * Commands that are forwarded to the server, for example from code actions.
 *
 * Owns their registration and, for those in the palette, the choice of their file. Variables and tables
 * are not forwarded: the extension has better views for them.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { Commands } from "../protocol.gen";
import type { Services } from "../services";
import { reportErrors } from "./activeEditor";

type Command = keyof Commands;

/** Forwarded unchanged. Without an argument they apply to the active file. */
const FORWARDED = [
  "cellbridge.editCell",
  "cellbridge.showKernelDetails",
  "cellbridge.installPackage",
  "cellbridge.openOutput",
  "cellbridge.restoreCell",
  "cellbridge.restoreVariables",
  "cellbridge.saveVariables",
  "cellbridge.setLimits",
  "cellbridge.showRemovedOutputs",
  "cellbridge.forceStopSession",
  "cellbridge.trustFolder",
] as const satisfies readonly Command[];

const CONVERSIONS = ["cellbridge.convertToNotebook", "cellbridge.convertToScript"] as const;

type CommandArgument = { uri?: string } | vscode.Uri | undefined;

/** Register the commands. */
export function registerServerCommands(services: Services): vscode.Disposable[] {
  const { client } = services;
  const register = (command: string, act: (given: CommandArgument) => Promise<unknown>) =>
    vscode.commands.registerCommand(command, (given: CommandArgument) => reportErrors(services, () => act(given)));
  return [
    ...FORWARDED.map((command) => register(command, (given) => client.executeCommand(command, argumentOf(given)))),
    ...CONVERSIONS.map((command) =>
      register(command, async (given) => {
        await saveNotebook(given);
        const { uri } = await client.executeCommand(command, argumentOf(given));
        void offerToOpen(vscode.Uri.parse(uri));
      }),
    ),
    register("cellbridge.openAsScript", async (given) => {
      await saveNotebook(given);
      return client.executeCommand("cellbridge.openAsScript", argumentOf(given));
    }),
    register("cellbridge.openPage", async (given) => {
      const argument = { ...(argumentOf(given) as Commands["cellbridge.openPage"]["argument"]), show: false };
      const { url } = await client.executeCommand("cellbridge.openPage", argument);
      // On another machine, VS Code forwards the port.
      await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(url, true)));
    }),
    vscode.commands.registerCommand("cellbridge.showVariables", () =>
      vscode.commands.executeCommand("cellbridge.variables.focus"),
    ),
    vscode.commands.registerCommand("cellbridge.showTable", ({ uri, name }: { uri: string; name: string }) =>
      vscode.commands.executeCommand("cellbridge.openTable", { uri, path: [name] }),
    ),
  ];
}

/** Return the argument of the command: from a code action, from a menu's file, or the active file. */
function argumentOf(given: CommandArgument): never {
  const argument = given !== undefined && !(given instanceof vscode.Uri) ? given : { uri: uriOf(given) };
  // SAFETY: each of these commands needs a `uri`; only code actions pass further fields.
  return argument as never;
}

function uriOf(given: CommandArgument): string {
  if (given instanceof vscode.Uri) {
    return given.toString();
  }
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  const uri = given?.uri ?? (notebook ?? vscode.window.activeTextEditor?.document)?.uri.toString();
  if (uri === undefined) {
    throw new Error("Open a script or a notebook first. This command applies to the active file.");
  }
  return uri;
}

/** Save a notebook, since the server reads its file. It already has the text of open scripts. */
async function saveNotebook(given: CommandArgument): Promise<void> {
  const uri = uriOf(given);
  const notebook = vscode.workspace.notebookDocuments.find((one) => one.uri.toString() === uri);
  if (notebook?.isDirty === true && !(await notebook.save())) {
    throw new Error("Could not save the notebook, so it was not converted.");
  }
}

/** Report the written file, and offer to open it. */
async function offerToOpen(uri: vscode.Uri): Promise<void> {
  const answer = await vscode.window.showInformationMessage(`Exported to ${path.basename(uri.fsPath)}.`, "Open");
  if (answer === "Open") {
    await vscode.commands.executeCommand("vscode.open", uri);
  }
}
