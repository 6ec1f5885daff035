/**
 * The language server as VS Code's client sees it: its life, and what passes between.
 *
 * Owns the one LanguageClient, and the types of what is asked of it. How a server is found is
 * server/'s matter; what its answers mean is everyone else's.
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

/** Languages whose scripts have cells. */
export const LANGUAGES = ["python", "r", "julia"];

/** What a document is to be ours. */
export function isScript(document: vscode.TextDocument): boolean {
  return document.uri.scheme === "file" && LANGUAGES.includes(document.languageId);
}

/** The server did not start, or stopped; the text is for a person. */
export class ServerError extends Error {}

/** How long a notebook waits for its server before it says that there is none. */
const START_TIMEOUT = 60_000;

export type ClientState = "stopped" | "starting" | "running" | "failed";

/** The connection to the server, whichever process it is at the moment. */
export class Client implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private currentState: ClientState = "stopped";
  private readonly stateEmitter = new vscode.EventEmitter<ClientState>();
  private readonly openedEmitter = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly diagnosticsEmitter = new vscode.EventEmitter<{
    uri: vscode.Uri;
    diagnostics: vscode.Diagnostic[];
  }>();
  private readonly listeners = new Map<string, ((params: unknown) => void)[]>();

  readonly onDidChangeState = this.stateEmitter.event;
  /** Problems in a document that no text editor holds; all others are VS Code's to show. */
  readonly onNotebookDiagnostics = this.diagnosticsEmitter.event;
  /** The server has been told of a document. */
  readonly onDidOpen = this.openedEmitter.event;

  /** `settings` is what the server is told when it asks for its own. */
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly settings: () => Record<string, unknown>,
  ) {}

  get state(): ClientState {
    return this.currentState;
  }

  /** Start a server, after stopping the one that runs. */
  async start(launch: Launch): Promise<void> {
    await this.stop();
    this.log.info(`Starting ${launch.command} ${launch.args.join(" ")} (${launch.why})`);
    const client = new LanguageClient(
      "cellbridge",
      "Cellbridge",
      { command: launch.command, args: launch.args },
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
    // A server that does not go within two seconds is killed by the client itself.
    await client?.dispose(2000).catch((error: unknown) => {
      this.log.warn(`The server did not stop cleanly: ${String(error)}`);
    });
  }

  /** Listen to a notification, of this server and of every later one. */
  onNotification<M extends keyof Notifications>(method: M, take: (params: Notifications[M]) => void): void {
    const known = this.listeners.get(method);
    this.listeners.set(method, [...(known ?? []), take as (params: unknown) => void]);
    if (known === undefined && this.client !== undefined) {
      this.forward(this.client, method);
    }
  }

  /** Wait for a server that is coming up, as when VS Code opens a notebook while it starts. */
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

  /** Tell the server of a document that no text editor holds, in the protocol's own words. */
  async notify(method: `textDocument/did${string}`, params: object): Promise<void> {
    await this.runningClient().sendNotification(method, params);
  }

  /** Ask what VS Code asks of documents, for one that no text editor holds. */
  async languageRequest<R>(
    method: `textDocument/${string}`,
    params: object,
    token: vscode.CancellationToken,
  ): Promise<R> {
    return this.runningClient().sendRequest<R>(method, params, token);
  }

  /** Send a request. Rejects where the server cannot answer; its words are for a person. */
  async request<M extends keyof Requests>(
    method: M,
    params: Requests[M]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Requests[M]["result"]> {
    const client = this.runningClient();
    // A token that is not there would be sent as a second parameter.
    return token ? client.sendRequest(method, params, token) : client.sendRequest(method, params);
  }

  /** Have the server do one of its commands. */
  async executeCommand<C extends keyof Commands>(
    command: C,
    argument: Commands[C]["argument"],
  ): Promise<Commands[C]["result"]> {
    const params = { command, arguments: [argument] };
    return this.runningClient().sendRequest<Commands[C]["result"]>("workspace/executeCommand", params);
  }

  /** The converters between VS Code's types and the protocol's. */
  get converter(): LanguageClient["protocol2CodeConverter"] | undefined {
    return this.client?.protocol2CodeConverter;
  }

  /** Tell the server that its settings are others, as when a neighbour has come. */
  async sendSettings(): Promise<void> {
    if (this.currentState === "running") {
      const params = { settings: null };
      await this.runningClient().sendNotification("workspace/didChangeConfiguration", params);
    }
  }

  /** Have VS Code ask for the lenses of all scripts anew. */
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

  /** The library keeps one handler for each method; it is given one that tells all of ours. */
  private forward(client: LanguageClient, method: string): void {
    client.onNotification(method, (params: unknown) => {
      for (const take of this.listeners.get(method) ?? []) {
        take(params);
      }
    });
  }

  private runningClient(): LanguageClient {
    if (this.client === undefined || this.currentState !== "running") {
      throw new ServerError(
        "The cellbridge server is not running. Run “Cellbridge: Restart Server”, or see its log.",
      );
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
      // Outputs are not ours: no command links, and no HTML but what VS Code finds harmless.
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

  /** Tell of a crash, once. */
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

/** The names of the groups of settings that are the server's; others are the extension's own. */
export const SERVER_GROUPS = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
