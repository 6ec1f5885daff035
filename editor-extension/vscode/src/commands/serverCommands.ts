/**
 * Commands that are the server's alone: what a code action offers is passed on to it.
 *
 * Owns their registration and, for those in the palette, which file they are about. What can be shown
 * here better than by the server is shown here: variables and tables.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { Commands } from "../protocol.gen";
import type { Services } from "../services";
import { reportErrors } from "./activeEditor";

type Command = keyof Commands;

/** Passed on as they come; without an argument they are about the file at hand. */
const FORWARDED = [
  "cellbridge.editCell",
  "cellbridge.explainKernel",
  "cellbridge.installPackage",
  "cellbridge.openOutput",
  "cellbridge.restoreCell",
  "cellbridge.restoreVariables",
  "cellbridge.saveVariables",
  "cellbridge.setLimits",
  "cellbridge.showRemoved",
  "cellbridge.stopSessionAnyway",
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
    vscode.commands.registerCommand("cellbridge.showVariables", () =>
      vscode.commands.executeCommand("cellbridge.variables.focus"),
    ),
    vscode.commands.registerCommand("cellbridge.showTable", ({ uri, name }: { uri: string; name: string }) =>
      vscode.commands.executeCommand("cellbridge.openTable", { uri, path: [name] }),
    ),
  ];
}

/** Return what an action gave; a menu gives a file, and the palette nothing. */
function argumentOf(given: CommandArgument): never {
  const argument = given !== undefined && !(given instanceof vscode.Uri) ? given : { uri: uriOf(given) };
  // SAFETY: each of these commands wants a `uri`, and what more it wants only an action gives it.
  return argument as never;
}

function uriOf(given: CommandArgument): string {
  if (given instanceof vscode.Uri) {
    return given.toString();
  }
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  const uri = given?.uri ?? (notebook ?? vscode.window.activeTextEditor?.document)?.uri.toString();
  if (uri === undefined) {
    throw new Error("Open a script or a notebook first; this is about the file at hand.");
  }
  return uri;
}

/** Save a notebook first: only its file is read. Of a script the server knows what was typed. */
async function saveNotebook(given: CommandArgument): Promise<void> {
  const uri = uriOf(given);
  const notebook = vscode.workspace.notebookDocuments.find((one) => one.uri.toString() === uri);
  if (notebook?.isDirty === true && !(await notebook.save())) {
    throw new Error("The notebook could not be saved, so nothing was made of it.");
  }
}

/** Tell what was written, and open it if a person wants to. */
async function offerToOpen(uri: vscode.Uri): Promise<void> {
  const answer = await vscode.window.showInformationMessage(`${path.basename(uri.fsPath)} is written.`, "Open");
  if (answer === "Open") {
    await vscode.commands.executeCommand("vscode.open", uri);
  }
}
