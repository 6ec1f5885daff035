/**
 * The language client: start and stop of the server, and typed requests to it.
 *
 * Owns the one LanguageClient. The modules in server/ find the server, and the callers interpret its
 * responses.
 */
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { CapabilitiesFeature, LocalCommandsFeature } from "./clientFeatures";
import { URI_PREFIX } from "./notebook/notebookTypes";
import { type Commands, DEFAULTS, type Notifications, type Requests } from "./protocol.gen";
import { RestartPolicy } from "./server/restartPolicy";
import type { Launch } from "./server/launch";

/** Languages whose scripts can have cells. */
export const LANGUAGES = ["python", "r", "julia"];

/** Return true for documents that the server handles. */
export function isScript(document: vscode.TextDocument): boolean {
  return document.uri.scheme === "file" && LANGUAGES.includes(document.languageId);
}

/** The server did not start, or has stopped. The message is shown to the user. */
export class ServerError extends Error {}

const NOT_RUNNING = "The Cellbridge server is not running. Run “Cellbridge: Restart Server”, or see the log.";

/** Milliseconds that a notebook waits for the server to start. */
const START_TIMEOUT = 60_000;

export type ClientState = "stopped" | "starting" | "running" | "failed";

/** The connection to the server, which stays the same object when the server restarts. */
export class Client implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private currentState: ClientState = "stopped";
  private currentLaunch: Launch | undefined;
  private readonly stateEmitter = new vscode.EventEmitter<ClientState>();
  private readonly openedEmitter = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly diagnosticsEmitter = new vscode.EventEmitter<{
    uri: vscode.Uri;
    diagnostics: vscode.Diagnostic[];
  }>();
  private readonly listeners = new Map<string, ((params: unknown) => void)[]>();

  readonly onDidChangeState = this.stateEmitter.event;
  /** Diagnostics of a notebook's document. VS Code shows all others. */
  readonly onNotebookDiagnostics = this.diagnosticsEmitter.event;
  /** A document was opened in the server. */
  readonly onDidOpen = this.openedEmitter.event;

  /** `settings` returns the settings to send to the server. */
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly settings: () => Record<string, unknown>,
  ) {}

  get state(): ClientState {
    return this.currentState;
  }

  /** The command of the running server, which starts other parts of Cellbridge too. */
  get launch(): Launch {
    if (this.currentLaunch === undefined) {
      throw new ServerError(NOT_RUNNING);
    }
    return this.currentLaunch;
  }

  /** True once a Python for the server was found. */
  get hasLaunch(): boolean {
    return this.currentLaunch !== undefined;
  }

  /** Start a server, after stopping the running one. */
  async start(launch: Launch): Promise<void> {
    await this.stop();
    this.currentLaunch = launch;
    const args = [...launch.args, "lsp"];
    this.log.info(`Starting ${launch.command} ${args.join(" ")} (${launch.why})`);
    const client = new LanguageClient(
      "cellbridge",
      "Cellbridge",
      { command: launch.command, args },
      this.options(),
    );
    this.client = client;
    client.registerFeature(new LocalCommandsFeature());
    client.registerFeature(new CapabilitiesFeature());
    for (const method of this.listeners.keys()) {
      this.forward(client, method);
    }
    client.onDidChangeState(({ newState }) => {
      if (this.client === client) {
        this.setState(STATES[newState]);
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.setState("failed");
      throw new ServerError(error instanceof Error ? error.message : String(error));
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.setState("stopped");
    // The library kills a server that does not stop within two seconds.
    await client?.dispose(2000).catch((error: unknown) => {
      this.log.warn(`The server did not stop cleanly: ${String(error)}`);
    });
  }

  /** Listen to a notification of this server and of later ones. */
  onNotification<M extends keyof Notifications>(method: M, listener: (params: Notifications[M]) => void): void {
    const known = this.listeners.get(method);
    this.listeners.set(method, [...(known ?? []), listener as (params: unknown) => void]);
    if (known === undefined && this.client !== undefined) {
      this.forward(this.client, method);
    }
  }

  /** Wait until the server has started or failed, for example when VS Code opens a notebook early. */
  async whenRunning(): Promise<void> {
    if (this.currentState === "running" || this.currentState === "failed") {
      return;
    }
    await new Promise<void>((resolve) => {
      const settled = () => {
        waiting.dispose();
        clearTimeout(patience);
        resolve();
      };
      const waiting = this.onDidChangeState((state) => {
        if (state === "running" || state === "failed") {
          settled();
        }
      });
      const patience = setTimeout(settled, START_TIMEOUT);
    });
  }

  /** Send a notification about a document that no text editor holds, or about the cursor. */
  async notify(method: `textDocument/did${string}` | "cellbridge/cursor", params: object): Promise<void> {
    await this.runningClient().sendNotification(method, params);
  }

  /** Send a language request for a document that no text editor holds. */
  async languageRequest<R>(
    method: `textDocument/${string}`,
    params: object,
    token: vscode.CancellationToken,
  ): Promise<R> {
    return this.runningClient().sendRequest<R>(method, params, token);
  }

  /** Send a request. It rejects with a message for the user if the server cannot answer. */
  async request<M extends keyof Requests>(
    method: M,
    params: Requests[M]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Requests[M]["result"]> {
    const client = this.runningClient();
    // An undefined token would be sent as a second parameter.
    return token ? client.sendRequest(method, params, token) : client.sendRequest(method, params);
  }

  /** Execute a command of the server. */
  async executeCommand<C extends keyof Commands>(
    command: C,
    argument: Commands[C]["argument"],
  ): Promise<Commands[C]["result"]> {
    const params = { command, arguments: [argument] };
    return this.runningClient().sendRequest<Commands[C]["result"]>("workspace/executeCommand", params);
  }

  /** The converter from the protocol's types to VS Code's. */
  get converter(): LanguageClient["protocol2CodeConverter"] | undefined {
    return this.client?.protocol2CodeConverter;
  }

  /** Notify the server of changed settings, for example after another extension was installed. */
  async sendSettings(): Promise<void> {
    if (this.currentState === "running") {
      const params = { settings: null };
      await this.runningClient().sendNotification("workspace/didChangeConfiguration", params);
    }
  }

  /** Make VS Code request the code lenses of all scripts again. */
  refreshLenses(): void {
    const feature = this.client?.getFeature("textDocument/codeLens");
    for (const document of vscode.workspace.textDocuments.filter(isScript)) {
      feature?.getProvider(document)?.onDidChangeCodeLensEmitter.fire();
    }
  }

  dispose(): void {
    void this.stop();
    this.stateEmitter.dispose();
    this.openedEmitter.dispose();
    this.diagnosticsEmitter.dispose();
  }

  /** Forward a notification to all listeners; the library keeps one handler for each method. */
  private forward(client: LanguageClient, method: string): void {
    client.onNotification(method, (params: unknown) => {
      for (const listener of this.listeners.get(method) ?? []) {
        listener(params);
      }
    });
  }

  private runningClient(): LanguageClient {
    if (this.client === undefined || this.currentState !== "running") {
      throw new ServerError(NOT_RUNNING);
    }
    return this.client;
  }

  private setState(state: ClientState): void {
    if (state !== this.currentState) {
      this.currentState = state;
      this.stateEmitter.fire(state);
    }
  }

  private options(): LanguageClientOptions {
    const restartPolicy = new RestartPolicy();
    return {
      documentSelector: LANGUAGES.map((language) => ({ language, scheme: "file" })),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: this.settings(),
      // Outputs are untrusted: no command links, and only HTML that VS Code allows.
      markdown: { isTrusted: false, supportHtml: true },
      middleware: {
        workspace: {
          configuration: (params) => params.items.map(() => this.settings()),
        },
        handleDiagnostics: (uri, diagnostics, next) => {
          if (uri.scheme.startsWith(URI_PREFIX)) {
            this.diagnosticsEmitter.fire({ uri, diagnostics });
          } else {
            next(uri, diagnostics);
          }
        },
        didOpen: async (document, next) => {
          await next(document);
          this.openedEmitter.fire(document);
        },
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => {
          const { restart, message } = restartPolicy.recordCrash(Date.now());
          if (message !== "") {
            void this.reportCrash(message, restart);
          }
          return { action: restart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
        },
      },
    };
  }

  /** Report a crash to the user. */
  private async reportCrash(message: string, restarted: boolean): Promise<void> {
    this.log.warn(message);
    const show = restarted ? vscode.window.showInformationMessage : vscode.window.showErrorMessage;
    const answers = [...(restarted ? [] : ["Restart Server"]), "Show Log"];
    const answer = await show(message, ...answers);
    if (answer !== undefined) {
      const command = answer === "Show Log" ? "cellbridge.showLog" : "cellbridge.restartServer";
      await vscode.commands.executeCommand(command);
    }
  }
}

const STATES: Record<State, ClientState> = {
  [State.Stopped]: "stopped",
  [State.Starting]: "starting",
  [State.Running]: "running",
  [State.StartFailed]: "failed",
};

/** The groups of settings that belong to the server; the others belong to the extension. */
export const SERVER_GROUPS = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
