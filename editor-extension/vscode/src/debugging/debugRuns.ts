/**
 * Runs of cells that are debugged.
 *
 * Owns the order: first the kernel, then the debugger, then the run. The language server starts the kernel
 * and runs the cells, as without a debugger, so that unsaved text runs and outputs appear as always.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import type { CellArguments } from "../protocol.gen";
import type { Services } from "../services";
import type { DebugSessions } from "./debugSessions";
import type { DebugTarget } from "./debugTargets";
import type { ScriptConfiguration } from "./debugProtocol";

export type RunCommand = "cellbridge.runCell" | "cellbridge.runAbove" | "cellbridge.runBelow";

export class DebugRuns {
  constructor(
    private readonly services: Services,
    private readonly sessions: DebugSessions,
  ) {}

  /** Start the kernel if none is running. Return false if that failed, which the user has been shown. */
  async startKernel({ uri }: DebugTarget): Promise<boolean> {
    const start = async () => {
      await this.services.client.executeCommand("cellbridge.startKernel", { uri });
      return true;
    };
    return (await reportErrors(this.services, start)) ?? false;
  }

  /** Attach to the session of a target, and run cells. */
  async debug(target: DebugTarget, command: RunCommand, stopOnEntry: boolean): Promise<void> {
    if ((await this.attach(target)) !== undefined) {
      await this.run(target, command, { stopOnEntry });
    }
  }

  /** Run a cell and stop before each of its lines. A session that was started for this ends with the cell. */
  async runByLine(target: DebugTarget): Promise<void> {
    const known = this.sessions.of(target.script);
    const session = known ?? (await this.attach(target));
    if (session === undefined) {
      return;
    }
    await this.run(target, "cellbridge.runCell", { stopOnEntry: true, wait: true });
    if (known === undefined) {
      this.sessions.finish(session);
    }
  }

  /** Run the cells of a launch; return when they have ended. `ids` are those of all cells. */
  async launch(target: DebugTarget, configuration: ScriptConfiguration, ids: readonly string[]): Promise<void> {
    const { cells = "all", stopOnEntry = false } = configuration;
    const wait = true;
    if (cells === "all") {
      const first = { ...target, position: { line: 0, character: 0 } };
      await this.run(first, "cellbridge.runBelow", { stopOnEntry, wait });
    } else if (cells === "toCursor") {
      const above = this.run(target, "cellbridge.runAbove", { stopOnEntry, wait });
      await Promise.all([above, this.run(target, "cellbridge.runCell", { wait })]);
    } else {
      const chosen = cells.map((cell) => (typeof cell === "number" ? ids[cell] : cell));
      const runs = chosen.map((cell, index) =>
        this.run(target, "cellbridge.runCell", { cell, stopOnEntry: stopOnEntry && index === 0, wait }),
      );
      await Promise.all(runs);
    }
  }

  private attach({ script }: DebugTarget): Promise<vscode.DebugSession | undefined> {
    return this.sessions.attach(script, vscode.workspace.getWorkspaceFolder(vscode.Uri.file(script)));
  }

  private async run(
    { uri, position }: DebugTarget,
    command: RunCommand,
    options: Omit<CellArguments, "uri" | "position">,
  ): Promise<void> {
    const argument: CellArguments = { uri, position, wait: false, ...options };
    await reportErrors(this.services, () => this.services.client.executeCommand(command, argument));
  }
}
