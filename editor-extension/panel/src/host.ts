/**
 * The page's connection to its host.
 *
 * Owns the pending requests. An `Adapter` transports messages: from a VS Code webview to the extension,
 * from a web page to the page around it.
 */

import type { FromPanel, PanelCommand, PanelRequest, ToPanel } from "./messages";
import type { Range } from "./protocol";

export interface Adapter {
  post(message: FromPanel): void;
  listen(receive: (message: ToPanel) => void): void;
}

interface PendingRequest {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Host {
  private readonly pending = new Map<number, PendingRequest>();
  private readonly listeners: ((message: ToPanel) => void)[] = [];
  private last = 0;

  constructor(private readonly adapter: Adapter) {
    adapter.listen((message) => this.receive(message));
  }

  /** Listen to all messages except the answers to requests. */
  listen(listener: (message: ToPanel) => void): void {
    this.listeners.push(listener);
  }

  ready(): void {
    this.adapter.post({ type: "ready" });
  }

  /** Send a request to the language server. The type of the result follows the protocol. */
  request<R>(method: PanelRequest, params: unknown): Promise<R> {
    const id = ++this.last;
    this.adapter.post({ type: "request", id, method, params });
    return new Promise<R>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve, reject });
    });
  }

  command(command: PanelCommand, argument: unknown): void {
    this.adapter.post({ type: "command", command, argument });
  }

  reveal(uri: string, range: Range): void {
    this.adapter.post({ type: "reveal", uri, range });
  }

  goto(uri: string, cell: string): void {
    this.adapter.post({ type: "goto", uri, cell });
  }

  copy(text: string): void {
    this.adapter.post({ type: "copy", text });
  }

  save(name: string, data: string, encoding: "utf8" | "base64"): void {
    this.adapter.post({ type: "save", name, data, encoding });
  }

  open(url: string): void {
    this.adapter.post({ type: "open", url });
  }

  private receive(message: ToPanel): void {
    if (message.type !== "answer") {
      for (const listener of this.listeners) listener(message);
      return;
    }
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.error));
  }
}

interface VsCodeApi {
  postMessage(message: unknown): void;
}
declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

/** Return the adapter for the page's environment: a VS Code webview, or a frame of a web page. */
export function findAdapter(): Adapter {
  const listen = (receive: (message: ToPanel) => void): void => {
    window.addEventListener("message", (event: MessageEvent<unknown>) => {
      // Frames in this page contain untrusted output and have no origin. The host has the page's origin.
      if (event.origin === window.origin && isMessage(event.data)) receive(event.data);
    });
  };
  if (typeof acquireVsCodeApi === "function") {
    const api = acquireVsCodeApi();
    return { post: (message) => api.postMessage(message), listen };
  }
  return { post: (message) => window.parent.postMessage(message, window.origin), listen };
}

const TYPES = new Set(["document", "cells", "kernel", "cursor", "variables", "widgets", "plots", "show", "search", "answer"]);

function isMessage(data: unknown): data is ToPanel {
  return typeof data === "object" && data !== null && "type" in data && TYPES.has(String(data.type));
}
