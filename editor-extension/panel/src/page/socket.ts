/**
 * The page's connection to the process that serves it: messages as JSON over a WebSocket.
 *
 * Owns the connection and its repair. After a reconnection the server sends the whole document again, so
 * nothing is kept for it meanwhile: requests fail at once, and commands are not sent later than the user
 * meant them.
 */

import type { Adapter } from "../host";
import type { FromPanel, ToPanel } from "../messages";

/**
 * The state of the connection. `refused` is final: the permission of this browser has ended, or the
 * process has.
 */
export type Connection = "connecting" | "open" | "lost" | "refused";

/** Milliseconds before the first attempt to reconnect; each further wait is twice as long, up to the last. */
const FIRST_WAIT = 250;
const LAST_WAIT = 8000;

const LOST = "The connection to Cellbridge was lost. Try again when it is restored.";

export interface SocketOptions {
  /** Called when the state of the connection changes. */
  changed(state: Connection): void;
  /** Return the messages that follow `ready` on each new connection. */
  greeting(): FromPanel[];
  /** Check if the server would still admit this browser. The default asks for the page itself. */
  admitted?(): Promise<boolean>;
}

export class SocketAdapter implements Adapter {
  state: Connection = "connecting";
  private socket: WebSocket | undefined;
  private readonly receivers: ((message: ToPanel) => void)[] = [];
  /** The ids of requests without an answer. */
  private readonly pending = new Set<number>();
  private wait = FIRST_WAIT;
  private timer: number | undefined;

  constructor(private readonly address: string, private readonly options: SocketOptions) {
    // After a sleep of the machine, the next attempt may be seconds away.
    const soon = (): void => {
      if (this.state === "lost" && document.visibilityState === "visible") this.connect();
    };
    window.addEventListener("online", soon);
    document.addEventListener("visibilitychange", soon);
  }

  listen(receive: (message: ToPanel) => void): void {
    this.receivers.push(receive);
  }

  post(message: FromPanel): void {
    if (message.type === "ready") {
      this.connect();
      return;
    }
    if (this.socket?.readyState !== WebSocket.OPEN) {
      if (message.type === "request") this.fail(message.id);
      return;
    }
    if (message.type === "request") this.pending.add(message.id);
    this.socket.send(JSON.stringify(message));
  }

  /** Connect now. */
  connect(): void {
    window.clearTimeout(this.timer);
    if (this.socket !== undefined) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      this.wait = FIRST_WAIT;
      for (const message of [{ type: "ready" } as const, ...this.options.greeting()]) socket.send(JSON.stringify(message));
      this.setState("open");
    });
    socket.addEventListener("message", ({ data }) => this.receive(data));
    socket.addEventListener("close", () => {
      this.socket = undefined;
      for (const id of [...this.pending]) this.fail(id);
      this.setState("lost");
      // A refused connection looks like a lost one to the page, so it requests its own address.
      if (opened) this.retry();
      else void this.checkAdmission();
    });
  }

  private async checkAdmission(): Promise<void> {
    const admitted = await (this.options.admitted ?? isAdmitted)();
    if (admitted) this.retry();
    else this.setState("refused");
  }

  private retry(): void {
    if (this.socket !== undefined) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(LAST_WAIT, this.wait * 2);
  }

  private receive(data: unknown): void {
    const message = JSON.parse(String(data)) as ToPanel;
    if (message.type === "answer") this.pending.delete(message.id);
    for (const receiver of this.receivers) receiver(message);
  }

  private fail(id: number): void {
    this.pending.delete(id);
    for (const receiver of this.receivers) receiver({ type: "answer", id, error: LOST });
  }

  private setState(state: Connection): void {
    if (state === this.state) return;
    this.state = state;
    this.options.changed(state);
  }
}

/** Return false if the server refuses this browser. A server that cannot be reached may come back. */
async function isAdmitted(): Promise<boolean> {
  try {
    const response = await fetch("/", { cache: "no-store", redirect: "manual" });
    return response.status !== 401 && response.status !== 403;
  } catch {
    return true;
  }
}
