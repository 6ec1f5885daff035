// A language server on stdio, as far as these tests speak with one.
import { spawn } from "node:child_process";

export class Server {
  constructor(command, args, options) {
    this.process = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
    this.waiting = new Map();
    this.listeners = [];
    this.last = 0;
    let buffer = Buffer.alloc(0);
    this.process.stdout.on("data", (data) => {
      buffer = Buffer.concat([buffer, data]);
      for (;;) {
        const end = buffer.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, end))[1]);
        if (buffer.length < end + 4 + length) return;
        const message = JSON.parse(buffer.toString("utf8", end + 4, end + 4 + length));
        buffer = buffer.subarray(end + 4 + length);
        this.receive(message);
      }
    });
  }

  receive(message) {
    if (message.method !== undefined) {
      // What the server asks of an editor: nothing here has settings or progress bars.
      if (message.id !== undefined) this.write({ id: message.id, result: message.method === "workspace/configuration" ? [null] : null });
      for (const listener of this.listeners) listener(message.method, message.params);
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }

  write(message) {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  notify(method, params) {
    this.write({ method, params });
  }

  request(method, params) {
    const id = ++this.last;
    this.write({ id, method, params });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  command(command, argument) {
    return this.request("workspace/executeCommand", { command, arguments: [argument] });
  }

  async start(root) {
    await this.request("initialize", {
      processId: process.pid,
      rootUri: root,
      capabilities: {
        general: { positionEncodings: ["utf-16"] },
        experimental: { cellbridge: { outputs: true, variables: true } },
      },
    });
    this.notify("initialized", {});
  }

  async stop() {
    await this.request("shutdown", null);
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.notify("exit", null);
    await ended;
  }
}
