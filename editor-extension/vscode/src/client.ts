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
  type StaticFeature,
} from "vscode-languageclient/node";
import { type Commands, DEFAULTS, type Notifications, type Requests } from "./protocol.gen";
import type { Launch } from "./server/launch";

/** Languages whose scripts have cells. */
export const LANGUAGES = ["python", "r", "julia"];

/** What a document is to be ours. */
export function isScript(document: vscode.TextDocument): boolean {
  return document.uri.scheme === "file" && LANGUAGES.includes(document.languageId);
}

/** What this client draws and answers itself, beyond LSP. */
const ANNOUNCED = { cellbridge: { outputs: true, variables: true } };

/** The server did not start, or stopped; the text is for a person. */
export class ServerTrouble extends Error {}

export type ClientState = "stopped" | "starting" | "running" | "failed";

/** The connection to the server, whichever process it is at the moment. */
export class Client implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private current: ClientState = "stopped";
  private readonly stateEmitter = new vscode.EventEmitter<ClientState>();
  private readonly openedEmitter = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly listeners: { method: string; take: (params: unknown) => void }[] = [];

  readonly onDidChangeState = this.stateEmitter.event;
  /** The server has been told of a document. */
  readonly onDidOpen = this.openedEmitter.event;

  /** `settings` is what the server is told when it asks for its own. */
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly settings: () => Record<string, unknown>,
  ) {}

  get state(): ClientState {
    return this.current;
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
    client.registerFeature(new OwnCommands());
    client.registerFeature(new Announcement());
    for (const { method, take } of this.listeners) {
      client.onNotification(method, take);
    }
    client.onDidChangeState(({ newState }) => {
      if (this.client === client) {
        this.move(STATES[newState]);
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.move("failed");
      throw new ServerTrouble(error instanceof Error ? error.message : String(error));
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.move("stopped");
    // A server that does not go within two seconds is killed by the client itself.
    await client?.dispose(2000).catch((error: unknown) => {
      this.log.warn(`The server did not stop cleanly: ${String(error)}`);
    });
  }

  /** Listen to a notification, of this server and of every later one. */
  on<M extends keyof Notifications>(method: M, take: (params: Notifications[M]) => void): void {
    this.listeners.push({ method, take: take as (params: unknown) => void });
    this.client?.onNotification(method, take);
  }

  /** Send a request. Rejects where the server cannot answer; its words are for a person. */
  async request<M extends keyof Requests>(
    method: M,
    params: Requests[M]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Requests[M]["result"]> {
    const client = this.running();
    // A token that is not there would be sent as a second parameter.
    return token ? client.sendRequest(method, params, token) : client.sendRequest(method, params);
  }

  /** Have the server do one of its commands. */
  async command<C extends keyof Commands>(
    command: C,
    argument: Commands[C]["argument"],
  ): Promise<Commands[C]["result"]> {
    const params = { command, arguments: [argument] };
    return this.running().sendRequest<Commands[C]["result"]>("workspace/executeCommand", params);
  }

  /** The converters between VS Code's types and the protocol's. */
  get convert(): LanguageClient["protocol2CodeConverter"] | undefined {
    return this.client?.protocol2CodeConverter;
  }

  /** Tell the server that its settings are others, as when a neighbour has come. */
  async settingsChanged(): Promise<void> {
    if (this.current === "running") {
      const params = { settings: null };
      await this.running().sendNotification("workspace/didChangeConfiguration", params);
    }
  }

  dispose(): void {
    void this.stop();
    this.stateEmitter.dispose();
    this.openedEmitter.dispose();
  }

  private running(): LanguageClient {
    if (this.client === undefined || this.current !== "running") {
      throw new ServerTrouble(
        "The cellbridge server is not running. Run “Cellbridge: Restart Server”, or see its log.",
      );
    }
    return this.client;
  }

  private move(state: ClientState): void {
    if (state !== this.current) {
      this.current = state;
      this.stateEmitter.fire(state);
    }
  }

  private options(): LanguageClientOptions {
    let crashes: number[] = [];
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
        didOpen: async (document, next) => {
          await next(document);
          this.openedEmitter.fire(document);
        },
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => {
          const now = Date.now();
          crashes = [...crashes.filter((one) => now - one < 180_000), now];
          if (crashes.length < 4) {
            return { action: CloseAction.Restart, handled: true };
          }
          const message =
            "The cellbridge server has stopped four times within three minutes. Its log may say " +
            "why; “Cellbridge: Restart Server” tries again. Your kernels live on.";
          return { action: CloseAction.DoNotRestart, message };
        },
      },
    };
  }
}

const STATES: Record<State, ClientState> = {
  [State.Stopped]: "stopped",
  [State.Starting]: "starting",
  [State.Running]: "running",
  [State.StartFailed]: "failed",
};

/** Keeps the client from registering the server's commands: commands/ has them, server or not. */
class OwnCommands implements StaticFeature {
  fillClientCapabilities(): void {
    // Nothing of its own is announced.
  }

  preInitialize(capabilities: { executeCommandProvider?: unknown }): void {
    delete capabilities.executeCommandProvider;
  }

  initialize(): void {
    // Done before.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Holds nothing.
  }
}

/** Announces what is drawn here, so that the server sends it. */
class Announcement implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental ?? {}), ...ANNOUNCED };
  }

  initialize(): void {
    // The server needs nothing more.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Holds nothing.
  }
}

/** The names of the groups of settings that are the server's; others are the extension's own. */
export const SERVER_GROUPS = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
