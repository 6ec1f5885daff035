/**
 * Starting the server, and what a person is told and offered when it cannot be.
 *
 * Owns the conversation around a start. Where a server is found is launch.ts's matter.
 */
import * as vscode from "vscode";
import { type Client, ServerTrouble } from "../client";
import { install, InstallTrouble, madeBefore, privateEnvironment } from "./install";
import { findLaunch, type Launch, NotFound } from "./launch";

const INSTALL = "Install";
const CHOOSE = "Choose Interpreter…";
const AGAIN = "Try Again";
const LOG = "Show Log";

/** Starts the server, again whenever its interpreter becomes another. */
export class Starter implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  private starting: Promise<void> | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly client: Client,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables.push(
      vscode.commands.registerCommand("cellbridge.restartServer", () => this.start()),
      vscode.commands.registerCommand("cellbridge.installServer", () => this.installed()),
      vscode.commands.registerCommand("cellbridge.showLog", () => {
        log.show();
      }),
      vscode.commands.registerCommand("cellbridge.chooseInterpreter", () => choose()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("cellbridge.server.interpreter")) {
          void this.start();
        }
      }),
    );
  }

  /** Start the server; never rejects, for a person is told of every trouble. */
  async start(): Promise<void> {
    // One start after the other: the settings may change while a server comes up.
    const before = this.starting ?? Promise.resolve();
    const mine = before.then(() => this.attempt());
    this.starting = mine;
    await mine;
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async attempt(): Promise<void> {
    let launch: Launch;
    try {
      launch = await findLaunch(privateEnvironment(this.context), this.log);
    } catch (error) {
      if (error instanceof NotFound) {
        this.log.warn(error.message);
        void this.offer(error);
        return;
      }
      throw error;
    }
    try {
      await this.client.start(launch);
    } catch (error) {
      const why = error instanceof ServerTrouble ? error.message : String(error);
      this.log.error(why);
      void this.tell(`The cellbridge server of ${launch.command} did not start: ${why}`);
    }
  }

  private async offer(trouble: NotFound): Promise<void> {
    if (trouble.looked.length === 0 && trouble.message.includes("setting")) {
      const answer = await vscode.window.showErrorMessage(trouble.message, CHOOSE, LOG);
      await this.react(answer);
    } else if (await madeBefore(this.context)) {
      // It was agreed to once; a newer extension brings a newer server.
      await this.installed();
    } else {
      const question =
        "cellbridge runs the cells of your scripts, and its server is not installed yet. Install " +
        "it into an environment of the extension's own, or choose a Python that has it?";
      const answer = await vscode.window.showInformationMessage(question, INSTALL, CHOOSE, LOG);
      await this.react(answer);
    }
  }

  private async react(answer: string | undefined): Promise<void> {
    if (answer === INSTALL || answer === AGAIN) {
      await this.installed();
    } else if (answer === CHOOSE) {
      await choose();
    } else if (answer === LOG) {
      this.log.show();
    }
  }

  private async installed(): Promise<void> {
    try {
      await install(this.context, this.log);
    } catch (error) {
      if (error instanceof vscode.CancellationError) {
        return;
      }
      const why = error instanceof InstallTrouble ? error.message : String(error);
      this.log.error(why);
      await this.react(await vscode.window.showErrorMessage(why, AGAIN, CHOOSE, LOG));
      return;
    }
    await this.start();
  }

  private async tell(message: string): Promise<void> {
    const answer = await vscode.window.showErrorMessage(message, CHOOSE, LOG);
    await this.react(answer);
  }
}

/** Have a person name the Python that the server runs in. */
async function choose(): Promise<void> {
  const picked = await vscode.window.showOpenDialog({
    title: "The Python that cellbridge is installed in",
    openLabel: "Use This Python",
    canSelectMany: false,
  });
  const file = picked?.[0];
  if (file) {
    await vscode.workspace
      .getConfiguration("cellbridge")
      .update("server.interpreter", file.fsPath, vscode.ConfigurationTarget.Global);
  }
}
