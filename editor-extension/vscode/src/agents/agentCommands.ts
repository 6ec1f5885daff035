/**
 * The commands for agents: the user's permission, their runs and their log.
 *
 * Owns their registration, and the choice how long agents are allowed. The server asks the user itself
 * when an agent wants to connect.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import type { AllowAgentsArguments } from "../protocol.gen";
import type { Services } from "../services";
import { activeDocument } from "./agentStates";

/** The argument of a command from a code action or a button. The palette passes no argument. */
type CommandArgument = Partial<AllowAgentsArguments> | undefined;

const FORWARDED = ["cellbridge.forbidAgents", "cellbridge.cancelAgentRuns", "cellbridge.showAgentLog"] as const;

/** Register the commands. */
export function registerAgentCommands(services: Services): vscode.Disposable[] {
  const register = (command: string, act: (uri: string, given: CommandArgument) => Promise<unknown>) =>
    vscode.commands.registerCommand(command, (given?: CommandArgument) =>
      reportErrors(services, async () => act(given?.uri ?? requireDocument(), given)),
    );
  return [
    register("cellbridge.allowAgents", async (uri, given) => {
      const remember = given?.remember ?? (given?.uri === undefined ? await selectDuration() : false);
      if (remember !== undefined) {
        await services.client.executeCommand("cellbridge.allowAgents", { uri, remember });
      }
    }),
    ...FORWARDED.map((command) => register(command, (uri) => services.client.executeCommand(command, { uri }))),
  ];
}

function requireDocument(): string {
  const uri = activeDocument();
  if (uri === undefined) {
    throw new Error("Open a script or a notebook first. This command applies to the active file.");
  }
  return uri;
}

/** Let the user select how long agents are allowed. Return true for always; undefined if the user cancels. */
async function selectDuration(): Promise<boolean | undefined> {
  const entries = [
    { label: "For This Session", detail: "Until the session of this script ends.", remember: false },
    { label: "Always for This Script", detail: "Also in later sessions.", remember: true },
  ];
  const title = "Allow agents to read and run this script?";
  return (await vscode.window.showQuickPick(entries, { title }))?.remember;
}
