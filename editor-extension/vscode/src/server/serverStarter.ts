/**
 * Starts the server, and shows messages to the user when it cannot start.
 *
 * Owns these messages and their buttons. launch.ts finds the server.
 */
import * as vscode from "vscode";
import { type Client, ServerError } from "../client";
import { install, InstallationError, wasInstalledBefore, privateEnvironment } from "./installation";
import { findLaunch, type Launch, ServerNotFoundError } from "./launch";

const INSTALL = "Install";
const SELECT = "Select Interpreter…";
const TRY_AGAIN = "Try Again";
const SHOW_LOG = "Show Log";

/** Starts the server, again after each change of its interpreter. */
export class ServerStarter implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  private starting: Promise<void> | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly client: Client,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.disposables.push(
      vscode.commands.registerCommand("cellbridge.restartServer", () => this.start()),
      vscode.commands.registerCommand("cellbridge.installServer", () => this.installAndStart()),
      vscode.commands.registerCommand("cellbridge.showLog", () => {
        log.show();
      }),
      vscode.commands.registerCommand("cellbridge.chooseInterpreter", () => selectInterpreter()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("cellbridge.server.interpreter")) {
          void this.start();
        }
      }),
    );
  }

  /** Start the server. It never rejects: every error is shown to the user. */
  async start(): Promise<void> {
    // One start after another: the settings may change while a server starts.
    const before = this.starting ?? Promise.resolve();
    const mine = before.then(() => this.startOnce());
    this.starting = mine;
    await mine;
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async startOnce(): Promise<void> {
    let launch: Launch;
    try {
      launch = await findLaunch(privateEnvironment(this.context), this.log);
    } catch (error) {
      if (error instanceof ServerNotFoundError) {
        this.log.warn(error.message);
        void this.offerInstallation(error);
        return;
      }
      throw error;
    }
    try {
      await this.client.start(launch);
    } catch (error) {
      const why = error instanceof ServerError ? error.message : String(error);
      this.log.error(why);
      void this.showError(`The Cellbridge server in ${launch.command} did not start: ${why}`);
    }
  }

  private async offerInstallation(trouble: ServerNotFoundError): Promise<void> {
    if (trouble.withoutServer.length === 0 && trouble.message.includes("setting")) {
      const answer = await vscode.window.showErrorMessage(trouble.message, SELECT, SHOW_LOG);
      await this.handleAnswer(answer);
    } else if (await wasInstalledBefore(this.context)) {
      // The user agreed before. A newer extension needs a newer server.
      await this.installAndStart();
    } else {
      const question =
        "The Cellbridge server is not installed. Install it in a private environment, or select a " +
        "Python that already has it?";
      const answer = await vscode.window.showInformationMessage(question, INSTALL, SELECT, SHOW_LOG);
      await this.handleAnswer(answer);
    }
  }

  private async handleAnswer(answer: string | undefined): Promise<void> {
    if (answer === INSTALL || answer === TRY_AGAIN) {
      await this.installAndStart();
    } else if (answer === SELECT) {
      await selectInterpreter();
    } else if (answer === SHOW_LOG) {
      this.log.show();
    }
  }

  private async installAndStart(): Promise<void> {
    try {
      await install(this.context, this.log);
    } catch (error) {
      if (error instanceof vscode.CancellationError) {
        return;
      }
      const why = error instanceof InstallationError ? error.message : String(error);
      this.log.error(why);
      await this.handleAnswer(await vscode.window.showErrorMessage(why, TRY_AGAIN, SELECT, SHOW_LOG));
      return;
    }
    await this.start();
  }

  private async showError(message: string): Promise<void> {
    const answer = await vscode.window.showErrorMessage(message, SELECT, SHOW_LOG);
    await this.handleAnswer(answer);
  }
}

/** Let the user select the Python that runs the server. */
async function selectInterpreter(): Promise<void> {
  const picked = await vscode.window.showOpenDialog({
    title: "Select the Python in which Cellbridge is installed",
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
