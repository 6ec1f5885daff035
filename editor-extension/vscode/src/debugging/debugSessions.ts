/**
 * The debug sessions of scripts: at most one for each script and window.
 *
 * Owns their adapters, and which sessions end with their cell. It must not know commands.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import type { CellPlaces } from "./breakpointLists";
import { ScriptDebugAdapter } from "./debugAdapter";
import { DEBUG_TYPE, type ScriptConfiguration } from "./debugProtocol";

/** A debug session of a script. */
interface ScriptSession {
  session: vscode.DebugSession;
  adapter: ScriptDebugAdapter;
  script: string;
  stopped: boolean;
}

/** A session has attached to its script, or its code has stopped or continues. */
export interface SessionEvent {
  session: vscode.DebugSession;
  script: string;
}

export class DebugSessions implements vscode.DebugAdapterDescriptorFactory, vscode.Disposable {
  private readonly sessions = new Map<string, ScriptSession>();
  private readonly starting = new Map<string, Promise<vscode.DebugSession | undefined>>();
  private readonly attachedEmitter = new vscode.EventEmitter<SessionEvent>();
  private readonly changedEmitter = new vscode.EventEmitter<SessionEvent>();
  private readonly disposables: vscode.Disposable[];

  readonly onDidAttach = this.attachedEmitter.event;
  /** The code of a session has stopped or continues, or the session has ended. */
  readonly onDidChange = this.changedEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly places: CellPlaces,
  ) {
    this.disposables = [
      this.attachedEmitter,
      this.changedEmitter,
      vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, this),
      vscode.debug.onDidTerminateDebugSession((session) => {
        const ended = this.sessions.get(session.id);
        if (ended !== undefined) {
          this.sessions.delete(session.id);
          this.changedEmitter.fire(ended);
        }
      }),
    ];
  }

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const { script } = session.configuration as unknown as ScriptConfiguration;
    const listener = {
      attached: () => {
        this.attachedEmitter.fire({ session, script });
      },
      changed: (stopped: boolean) => {
        const known = this.sessions.get(session.id);
        if (known !== undefined) {
          known.stopped = stopped;
          this.changedEmitter.fire(known);
        }
      },
    };
    const adapter = new ScriptDebugAdapter(this.services.client.launch, this.places, listener, this.services.log);
    this.sessions.set(session.id, { session, adapter, script, stopped: false });
    return new vscode.DebugAdapterInlineImplementation(adapter);
  }

  /** Return the session of a script. */
  of(script: string): vscode.DebugSession | undefined {
    return [...this.sessions.values()].find((one) => one.script === script)?.session;
  }

  /** Return true if the code of a script has stopped. */
  isStopped(script: string): boolean {
    return [...this.sessions.values()].some((one) => one.script === script && one.stopped);
  }

  /** Return the session of a script, after attaching to it; undefined if that failed. */
  async attach(script: string, folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugSession | undefined> {
    const before = this.starting.get(script);
    if (before !== undefined) {
      return before;
    }
    const known = this.of(script);
    if (known !== undefined) {
      return known;
    }
    const start = this.start(script, folder).finally(() => this.starting.delete(script));
    this.starting.set(script, start);
    return start;
  }

  /** End a session. Its kernel is not interrupted. */
  finish(session: vscode.DebugSession): void {
    this.sessions.get(session.id)?.adapter.finish();
  }

  /** The lines of notebook cells may have changed. */
  cellsMoved(): void {
    for (const { adapter } of this.sessions.values()) {
      adapter.cellsMoved();
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** Attach. VS Code shows the message of a failure. */
  private async start(
    script: string,
    folder: vscode.WorkspaceFolder | undefined,
  ): Promise<vscode.DebugSession | undefined> {
    const configuration = attachConfiguration(script);
    const started = await vscode.debug.startDebugging(folder, configuration, { suppressSaveBeforeStart: true });
    return started ? this.of(script) : undefined;
  }
}

/** Return the configuration that attaches to the session of a script. */
export function attachConfiguration(script: string): vscode.DebugConfiguration {
  return {
    type: DEBUG_TYPE,
    name: script.split("/").at(-1) ?? script,
    request: "attach",
    script,
    // Outputs appear under their cells.
    internalConsoleOptions: "neverOpen",
  };
}
