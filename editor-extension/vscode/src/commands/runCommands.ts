/**
 * The commands that run code.
 *
 * Owns their registration and the movement of the cursor after them. A code lens passes the server's
 * argument; keys and the palette pass none.
 */
import * as vscode from "vscode";
import type { CellArguments, Commands } from "../protocol.gen";
import type { Services } from "../services";
import { reportErrors, moveCursor, activeLocation, toProtocolRange } from "./activeEditor";

type CellCommand = "cellbridge.runCell" | "cellbridge.runAbove" | "cellbridge.runBelow";
type WholeCommand = "cellbridge.runAll" | "cellbridge.restartAndRunAll";

/** Register the commands. */
export function registerRunCommands(services: Services): vscode.Disposable[] {
  const cell = (command: CellCommand) =>
    vscode.commands.registerCommand(command, (given?: CellArguments) =>
      reportErrors(services, async () => {
        const argument = argumentOf(given);
        return argument && services.client.executeCommand(command, argument);
      }),
    );
  const whole = (command: WholeCommand) =>
    vscode.commands.registerCommand(command, (given?: { uri?: string }) =>
      reportErrors(services, async () => {
        const uri = given?.uri ?? activeLocation()?.uri;
        return uri && services.client.executeCommand(command, { uri, wait: false });
      }),
    );
  return [
    cell("cellbridge.runCell"),
    cell("cellbridge.runAbove"),
    cell("cellbridge.runBelow"),
    whole("cellbridge.runAll"),
    whole("cellbridge.restartAndRunAll"),
    vscode.commands.registerCommand("cellbridge.runCellAndAdvance", (given?: CellArguments) =>
      reportErrors(services, () => runAndAdvance(services, given)),
    ),
    vscode.commands.registerCommand("cellbridge.runCellAndInsertBelow", () =>
      reportErrors(services, () => runAndInsertBelow(services)),
    ),
    vscode.commands.registerCommand("cellbridge.runSelection", () =>
      reportErrors(services, () => runSelection(services)),
    ),
    vscode.commands.registerCommand("cellbridge.runToLine", () =>
      reportErrors(services, () => runToLine(services)),
    ),
  ];
}

/** Return the argument of a code lens if there is one, otherwise the cell at the cursor. */
function argumentOf(given: CellArguments | undefined): CellArguments | undefined {
  if (given && typeof given.uri === "string") {
    return given;
  }
  const at = activeLocation();
  return at && { uri: at.uri, position: at.position, wait: false };
}

async function runAndAdvance(services: Services, given: CellArguments | undefined): Promise<unknown> {
  const at = activeLocation();
  const argument = argumentOf(given);
  if (!argument) {
    return undefined;
  }
  const result = await services.client.executeCommand("cellbridge.runCellAndAdvance", {
    ...argument,
    wait: false,
  });
  // The user may have switched to another editor meanwhile.
  if (at && vscode.window.activeTextEditor === at.editor && at.uri === argument.uri) {
    moveCursor(at.editor, result.next);
  }
  return result;
}

async function runAndInsertBelow(services: Services): Promise<unknown> {
  const at = activeLocation();
  if (!at) {
    return undefined;
  }
  const argument = { uri: at.uri, position: at.position };
  // Both at once, in this order: the user continues to type, and needs the new cell immediately.
  const run = services.client.executeCommand("cellbridge.runCell", { ...argument, wait: false });
  await Promise.all([run, editCell(services, "insertBelow")]);
  return run;
}

async function runSelection(services: Services): Promise<unknown> {
  const at = activeLocation();
  return (
    at &&
    services.client.executeCommand("cellbridge.runSelection", {
      uri: at.uri,
      range: toProtocolRange(at.editor.selection),
      wait: false,
    })
  );
}

/** Run the lines from the start of the cell to the cursor. */
async function runToLine(services: Services): Promise<unknown> {
  const at = activeLocation();
  const cell = at && services.scripts.of(at.editor.document.uri)?.cells.at(at.position.line);
  if (!at || !cell) {
    return undefined;
  }
  const last = at.editor.document.lineAt(at.position.line).range.end;
  return services.client.executeCommand("cellbridge.runSelection", {
    uri: at.uri,
    range: toProtocolRange(new vscode.Range(cell.first, 0, last.line, last.character)),
    wait: false,
  });
}

/** Let the server edit the cell at the cursor, and move the cursor to the returned position. */
export async function editCell(
  services: Services,
  what: string,
): Promise<Commands["cellbridge.editCell"]["result"] | undefined> {
  const at = activeLocation();
  if (!at) {
    return undefined;
  }
  const argument = { uri: at.uri, position: at.position, edit: what };
  const result = await services.client.executeCommand("cellbridge.editCell", argument);
  moveCursor(at.editor, result.position);
  return result;
}
