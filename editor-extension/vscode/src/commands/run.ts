/**
 * The commands that run code.
 *
 * Owns their registration and what the cursor does after them. A lens calls them with the server's
 * own argument, a key or the palette without any.
 */
import * as vscode from "vscode";
import type { CellArguments, Commands } from "../protocol.gen";
import type { Services } from "../services";
import { attempt, goTo, here, range } from "./here";

type CellCommand = "cellbridge.runCell" | "cellbridge.runAbove" | "cellbridge.runBelow";
type WholeCommand = "cellbridge.runAll" | "cellbridge.restartAndRunAll";

/** Register the commands. */
export function registerRunning(services: Services): vscode.Disposable[] {
  const cell = (command: CellCommand) =>
    vscode.commands.registerCommand(command, (given?: CellArguments) =>
      attempt(services, async () => {
        const argument = argumentOf(given);
        return argument && services.client.command(command, argument);
      }),
    );
  const whole = (command: WholeCommand) =>
    vscode.commands.registerCommand(command, (given?: { uri?: string }) =>
      attempt(services, async () => {
        const uri = given?.uri ?? here()?.uri;
        return uri && services.client.command(command, { uri, wait: false });
      }),
    );
  return [
    cell("cellbridge.runCell"),
    cell("cellbridge.runAbove"),
    cell("cellbridge.runBelow"),
    whole("cellbridge.runAll"),
    whole("cellbridge.restartAndRunAll"),
    vscode.commands.registerCommand("cellbridge.runCellAndAdvance", (given?: CellArguments) =>
      attempt(services, () => advance(services, given)),
    ),
    vscode.commands.registerCommand("cellbridge.runCellAndInsertBelow", () =>
      attempt(services, () => insertBelow(services)),
    ),
    vscode.commands.registerCommand("cellbridge.runSelection", () =>
      attempt(services, () => selection(services)),
    ),
    vscode.commands.registerCommand("cellbridge.runToLine", () =>
      attempt(services, () => toLine(services)),
    ),
  ];
}

/** Return what a lens gave, if it did, else the cell at the cursor. */
function argumentOf(given: CellArguments | undefined): CellArguments | undefined {
  if (given && typeof given.uri === "string") {
    return given;
  }
  const at = here();
  return at && { uri: at.uri, position: at.position, wait: false };
}

async function advance(services: Services, given: CellArguments | undefined): Promise<unknown> {
  const at = here();
  const argument = argumentOf(given);
  if (!argument) {
    return undefined;
  }
  const result = await services.client.command("cellbridge.runCellAndAdvance", {
    ...argument,
    wait: false,
  });
  // A person may have gone elsewhere meanwhile.
  if (at && vscode.window.activeTextEditor === at.editor && at.uri === argument.uri) {
    goTo(at.editor, result.next);
  }
  return result;
}

async function insertBelow(services: Services): Promise<unknown> {
  const at = here();
  if (!at) {
    return undefined;
  }
  const argument = { uri: at.uri, position: at.position };
  // Both at once, in this order: a person types on, and the new cell should be there by then.
  const run = services.client.command("cellbridge.runCell", { ...argument, wait: false });
  await Promise.all([run, edit(services, "insertBelow")]);
  return run;
}

async function selection(services: Services): Promise<unknown> {
  const at = here();
  return (
    at &&
    services.client.command("cellbridge.runSelection", {
      uri: at.uri,
      range: range(at.editor.selection),
      wait: false,
    })
  );
}

/** Run from the top of the cell to the cursor's line. */
async function toLine(services: Services): Promise<unknown> {
  const at = here();
  const cell = at && services.scripts.of(at.editor.document.uri)?.cells.at(at.position.line);
  if (!at || !cell) {
    return undefined;
  }
  const last = at.editor.document.lineAt(at.position.line).range.end;
  return services.client.command("cellbridge.runSelection", {
    uri: at.uri,
    range: range(new vscode.Range(cell.first, 0, last.line, last.character)),
    wait: false,
  });
}

/** Have the server edit the cell at the cursor, and go where it says. */
export async function edit(
  services: Services,
  what: string,
): Promise<Commands["cellbridge.editCell"]["result"] | undefined> {
  const at = here();
  if (!at) {
    return undefined;
  }
  const argument = { uri: at.uri, position: at.position, edit: what };
  const result = await services.client.command("cellbridge.editCell", argument);
  goTo(at.editor, result.position);
  return result;
}
