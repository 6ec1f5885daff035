/**
 * The user's changes on their way to the kernel.
 *
 * Owns the queue. At most one request is under way; meanwhile updates of one model are joined, so that of
 * each attribute only the last value is sent.
 *
 * Bounds: `MAX_BYTES` in all, and `MAX_CUSTOM` custom messages. A change that exceeds them is refused.
 */

import type { WidgetBuffer, WidgetMessage } from "../protocol";
import { encodeBase64, splitBuffers } from "./binaryValues";
import type { State } from "./frameMessages";

const MAX_BYTES = 128_000_000;
const MAX_CUSTOM = 5_000;

interface QueuedUpdate {
  kind: "update";
  model: string;
  state: State;
  sizes: Map<string, number>;
}

interface QueuedCustom {
  kind: "custom";
  model: string;
  content: unknown;
  buffers: readonly ArrayBuffer[];
  size: number;
}

type Change = QueuedUpdate | QueuedCustom;

export class OutgoingChanges {
  private queue: Change[] = [];
  /** The update at the end of the queue of each model. A custom message ends it, so that the order is kept. */
  private readonly open = new Map<string, QueuedUpdate>();
  private bytes = 0;
  private custom = 0;
  private sending = false;
  /** The changes in the request that is under way. */
  private underWay: Change[] = [];

  constructor(
    private readonly send: (messages: WidgetMessage[]) => Promise<unknown>,
    private readonly ended: (error: Error | undefined) => void,
  ) {}

  /** Queue changed attributes, with their sizes in bytes. Return false if the queue is full. */
  update(model: string, changed: State, size: number): boolean {
    if (this.bytes + size > MAX_BYTES) return false;
    let update = this.open.get(model);
    if (update === undefined) {
      update = { kind: "update", model, state: {}, sizes: new Map() };
      this.open.set(model, update);
      this.queue.push(update);
    }
    const names = Object.keys(changed);
    for (const name of names) {
      this.bytes += size / names.length - (update.sizes.get(name) ?? 0);
      update.sizes.set(name, size / names.length);
      update.state[name] = changed[name];
    }
    void this.flush();
    return true;
  }

  /** Queue a custom message. Return false if the queue is full. */
  message(model: string, content: unknown, buffers: readonly ArrayBuffer[], size: number): boolean {
    if (this.bytes + size > MAX_BYTES || this.custom >= MAX_CUSTOM) return false;
    this.bytes += size;
    this.custom += 1;
    this.open.delete(model);
    this.queue.push({ kind: "custom", model, content, buffers, size });
    void this.flush();
    return true;
  }

  /**
   * Return the attributes of an update that are to be shown: those that the user did not change meanwhile.
   * The user's value is on its way, and reaches the kernel after the update.
   */
  accept(model: string, changed: State): State {
    const names = new Set<string>();
    for (const change of [...this.underWay, ...this.queue]) {
      if (change.kind === "update" && change.model === model) for (const name of change.sizes.keys()) names.add(name);
    }
    return names.size === 0 ? changed : Object.fromEntries(Object.entries(changed).filter(([name]) => !names.has(name)));
  }

  /** Forget everything, after the models are gone. */
  clear(): void {
    this.queue = [];
    this.open.clear();
    this.bytes = this.custom = 0;
  }

  private async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      // Changes of one event of the user are one request.
      await Promise.resolve();
      while (this.queue.length > 0) {
        const changes = (this.underWay = this.queue);
        this.queue = [];
        this.open.clear();
        this.bytes = this.custom = 0;
        try {
          await this.send(changes.map(toMessage));
          this.ended(undefined);
        } catch (error) {
          this.ended(error instanceof Error ? error : new Error(String(error)));
        }
        this.underWay = [];
      }
    } finally {
      this.sending = false;
    }
  }
}

function toMessage(change: Change): WidgetMessage {
  const { kind, model } = change;
  if (kind === "update") return { kind, model, ...splitBuffers(change.state) };
  const buffers: WidgetBuffer[] = change.buffers.map((data) => ({ path: [], data: encodeBase64(new Uint8Array(data)) }));
  return { kind, model, content: change.content ?? null, buffers };
}
