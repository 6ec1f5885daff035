/** The frame's connection to the page: a message port. Owns the requests that are not answered. */

import type { FromFrame, ModuleFile, ToFrame } from "../frameMessages";

type Listener = (message: Exclude<ToFrame, { type: "answer" }>) => void;

export class PageConnection {
  private readonly pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private last = 0;

  constructor(private readonly port: MessagePort, listener: Listener) {
    port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
      if (data.type !== "answer") {
        listener(data);
        return;
      }
      const waiting = this.pending.get(data.id);
      this.pending.delete(data.id);
      if (data.error === undefined) waiting?.resolve(data.result);
      else waiting?.reject(new Error(data.error));
    };
  }

  post(message: FromFrame): void {
    this.port.postMessage(message);
  }

  /** Get a file of a module, its entry if `path` is empty. The error of a missing one is a sentence for the user. */
  async file(module: string, version: string, path: string): Promise<ModuleFile> {
    return (await this.request((id) => ({ type: "file", id, module, version, path }))) as ModuleFile;
  }

  /** Get the scripts of a library of the page. */
  async library(name: string): Promise<string[]> {
    return (await this.request((id) => ({ type: "library", id, name }))) as string[];
  }

  private request(message: (id: number) => FromFrame): Promise<unknown> {
    const id = ++this.last;
    this.post(message(id));
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }
}
