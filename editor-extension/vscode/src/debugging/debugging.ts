/**
 * Debugging of cells: the commands, and the parts that they use.
 *
 * Owns the registration. A code lens and a cell's toolbar pass an argument; keys and the palette pass none.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import type { Services } from "../services";
import { DebugConfigurations } from "./debugConfigurations";
import { DEBUG_TYPE, type ScriptConfiguration } from "./debugProtocol";
import { DebugRuns, type RunCommand } from "./debugRuns";
import { DebugSessions } from "./debugSessions";
import { type DebugTarget, DebugTargets, type TargetArgument } from "./debugTargets";
import { registerFrameCommands } from "./frameCommands";
import { registerInlineValues } from "./inlineValues";
import { type FindNotebooks, NotebookPlaces } from "./notebookPlaces";

/** The notebooks in notebook editors, and an event for changes of their lines. */
export interface DebuggedNotebooks {
  all: FindNotebooks;
  onDidMoveCells: vscode.Event<void>;
}

/** Register the debugger. */
export function registerDebugging(services: Services, notebooks: DebuggedNotebooks): vscode.Disposable[] {
  const all = () => notebooks.all();
  const targets = new DebugTargets(services, all);
  const sessions = new DebugSessions(services, new NotebookPlaces(all));
  const runs = new DebugRuns(services, sessions);
  const configurations = new DebugConfigurations(targets, sessions, runs);
  const { Initial, Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  const dynamic = { provideDebugConfigurations: () => configurations.provideDebugConfigurations() };
  return [
    sessions,
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, configurations, Initial),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, dynamic, Dynamic),
    registerInlineValues(services),
    notebooks.onDidMoveCells(() => {
      sessions.cellsMoved();
    }),
    sessions.onDidAttach(({ session }) => {
      const configuration = session.configuration as unknown as ScriptConfiguration;
      if (configuration.request === "launch") {
        void configurations.launch(configuration).then(() => {
          sessions.finish(session);
        });
      }
    }),
    ...registerCommands(services, targets, sessions, runs),
    ...registerFrameCommands(services, targets, all),
  ];
}

function registerCommands(
  services: Services,
  targets: DebugTargets,
  sessions: DebugSessions,
  runs: DebugRuns,
): vscode.Disposable[] {
  const register = (command: string, act: (target: DebugTarget) => Promise<void>) =>
    vscode.commands.registerCommand(command, (given?: TargetArgument) =>
      reportErrors(services, async () => {
        const target = await targets.find(given);
        if (target !== undefined) {
          await act(target);
        }
      }),
    );
  const debug = (command: string, run: RunCommand) =>
    register(command, (target) => runs.debug(target, run, false));
  return [
    register("cellbridge.debugCell", (target) => runs.debug(target, "cellbridge.runCell", !target.hasBreakpoint)),
    debug("cellbridge.debugAbove", "cellbridge.runAbove"),
    debug("cellbridge.debugBelow", "cellbridge.runBelow"),
    register("cellbridge.debugAll", (target) =>
      runs.debug({ ...target, position: { line: 0, character: 0 } }, "cellbridge.runBelow", false),
    ),
    register("cellbridge.runByLine", async (target) => {
      if (sessions.isStopped(target.script)) {
        await vscode.commands.executeCommand("workbench.action.debug.stepOver");
      } else {
        await runs.runByLine(target);
      }
    }),
  ];
}
