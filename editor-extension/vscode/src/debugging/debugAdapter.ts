/**
 * The debug adapter of VS Code: the process `cellbridge dap`, with cells in place of lines.
 *
 * Owns the process of one debug session and the order of its messages. cellSources.ts translates the
 * places. A launch becomes an attach, because the language server runs the cells: it has the text that the
 * user sees.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import * as vscode from "vscode";
import { StreamMessageReader, StreamMessageWriter, type Message as StreamMessage } from "vscode-languageclient/node";
import type { Launch } from "../server/launch";
import type { CellPlaces } from "./breakpointLists";
import { CellSources } from "./cellSources";
import { type Body, type Event, isEvent, isRequest, isResponse, type Message, type Request } from "./debugProtocol";

/** The reactions of an adapter's owner when the session's state changes. */
export interface AdapterListener {
  /** The adapter has attached, and knows all breakpoints. */
  attached(): void;
  /** The code has stopped, or continues. */
  changed(stopped: boolean): void;
}

/** The adapter of one debug session. */
export class ScriptDebugAdapter implements vscode.DebugAdapter {
  private readonly emitter = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly writer: StreamMessageWriter;
  private readonly sources: CellSources;
  /** The request that attaches, as VS Code sent it. */
  private begun: Request | undefined;
  private ended = false;

  readonly onDidSendMessage = this.emitter.event;

  constructor(
    launch: Launch,
    places: CellPlaces,
    private readonly listener: AdapterListener,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.process = spawn(launch.command, [...launch.args, "dap"], { windowsHide: true });
    this.writer = new StreamMessageWriter(this.process.stdin);
    // A write fails after the process has ended, which is reported by its exit.
    this.writer.onError(() => undefined);
    this.process.stdin.on("error", () => undefined);
    this.sources = new CellSources(
      places,
      (message) => {
        this.send(message);
      },
      (message) => {
        this.emitter.fire(message);
      },
    );
    const reader = new StreamMessageReader(this.process.stdout);
    reader.listen((message: unknown) => {
      this.receive(message as Message);
    });
    this.process.stderr.on("data", (data: Buffer) => {
      log.warn(data.toString().trimEnd());
    });
    this.process.once("error", (error) => {
      this.end(`The debug adapter did not start: ${error.message}`);
    });
    this.process.once("exit", (code, signal) => {
      this.end(code === 0 || signal === "SIGTERM" ? "" : `The debug adapter ended unexpectedly (${code ?? signal ?? ""}).`);
    });
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const given = message as Message;
    if (!isRequest(given)) {
      this.sources.fromEditor(given);
    } else if (given.command === "attach" || given.command === "launch") {
      this.begun = given;
      this.send({ ...given, command: "attach" } as Request);
    } else if (given.command === "disconnect" && this.begun?.command === "attach") {
      // VS Code means the end of the process, but a kernel only loses its debugger.
      this.send({ ...given, arguments: { ...given.arguments, terminateDebuggee: false } } as Request);
    } else {
      this.sources.fromEditor(given);
    }
  }

  /** End the debug session, as when the cells of a launch have ended. The kernel is not interrupted. */
  finish(): void {
    this.report("terminated", {});
  }

  /** Send the breakpoints of cells again that have moved. */
  cellsMoved(): void {
    this.sources.cellsMoved();
  }

  dispose(): void {
    this.ended = true;
    this.process.kill();
    this.emitter.dispose();
  }

  private send(message: Message): void {
    // SAFETY: the stream has the framing of both protocols, and does not read the message.
    this.writer.write(message as unknown as StreamMessage).catch(() => undefined);
  }

  private receive(message: Message): void {
    if (this.ended) {
      return;
    }
    this.sources.fromAdapter(message);
    if (isResponse(message) && message.request_seq === this.begun?.seq && message.success) {
      this.listener.attached();
    } else if (isEvent(message) && (message.event === "stopped" || message.event === "continued")) {
      this.listener.changed(message.event === "stopped");
    }
  }

  /** End the debug session after the process has ended. */
  private end(problem: string): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    if (problem !== "") {
      this.log.error(problem);
      this.report("output", { category: "important", output: `${problem}\n` });
    }
    this.report("terminated", {});
  }

  private report(event: string, body: Body): void {
    const message: Event = { seq: 0, type: "event", event, body };
    this.emitter.fire(message);
  }
}
