/**
 * The debug configurations: of launch.json, and of F5 without one.
 *
 * Owns their defaults. F5 debugs all cells of the active file.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import type { DebugRuns } from "./debugRuns";
import type { DebugSessions } from "./debugSessions";
import type { DebugTargets } from "./debugTargets";
import { DEBUG_TYPE, type ScriptConfiguration } from "./debugProtocol";

export class DebugConfigurations implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly targets: DebugTargets,
    private readonly sessions: DebugSessions,
    private readonly runs: DebugRuns,
  ) {}

  /** Return the configurations of a new launch.json, and of the list in the debug view. */
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    const common = { type: DEBUG_TYPE, script: "${file}" };
    return [
      { ...common, name: "Cellbridge: Debug All Cells", request: "launch", cells: "all" },
      { ...common, name: "Cellbridge: Debug Cells to Cursor", request: "launch", cells: "toCursor" },
      { ...common, name: "Cellbridge: Attach to Session", request: "attach" },
    ];
  }

  /** Complete a configuration, which is empty for F5 without a launch.json. */
  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const active = await this.targets.find(undefined);
    const script = typeof given.script === "string" && given.script !== "" ? given.script : active?.script;
    if (script === undefined) {
      void vscode.window.showErrorMessage(
        "There is no script to debug. Open a script or a notebook, or set “script” in launch.json.",
      );
      return undefined;
    }
    const usual = { type: DEBUG_TYPE, request: "launch", internalConsoleOptions: "neverOpen" };
    const name = given.name || path.basename(script);
    return { ...usual, ...withoutEmpty(given), name, script };
  }

  /** Start the kernel, before the debugger attaches to it. A script has one debug session. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const base = folder?.uri.fsPath ?? "/";
    const configuration = { ...given, script: path.resolve(base, String(given.script)) };
    const scriptConfiguration = configuration as unknown as ScriptConfiguration;
    const { script, request } = scriptConfiguration;
    if (request === "attach" && given.start === false) {
      return configuration;
    }
    const target = await this.targets.ofScript(script);
    if (this.sessions.of(script) !== undefined || scriptConfiguration.noDebug === true) {
      if (request === "launch") {
        void this.launch(scriptConfiguration);
      }
      return undefined;
    }
    const isReady = await this.runs.startKernel(target);
    return isReady ? configuration : undefined;
  }

  /** Run the cells of a launch; return when they have ended. */
  async launch(configuration: ScriptConfiguration): Promise<void> {
    const { script, line } = configuration;
    const target = await this.targets.ofScript(script);
    const cursor = await this.targets.find(undefined);
    if (line !== undefined) {
      target.position = { line: line - 1, character: 0 };
    } else if (cursor?.script === script) {
      target.position = cursor.position;
    }
    await this.runs.launch(target, configuration, this.targets.cellIds(target));
  }
}

/** Return a configuration without the fields that VS Code leaves empty. */
function withoutEmpty(given: vscode.DebugConfiguration): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== undefined));
}
