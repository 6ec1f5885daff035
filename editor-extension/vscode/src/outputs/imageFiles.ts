/**
 * Pictures as files, for what shows only small ones that stand in its text.
 *
 * Owns a folder below the extension's storage. Markdown in VS Code is cut at 100,000 characters, and a
 * screen reader would read a picture's bytes; a file's name has neither trouble. Older files go when
 * the extension begins.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Client } from "../client";
import type { RichOutput } from "../protocol.gen";
import { formatBytes, stringOf } from "./outputText";

/** Files older than this are removed, in milliseconds. */
const MAX_AGE = 24 * 3600 * 1000;

/** Larger pictures are not fetched unasked, in characters as they are sent. */
const FETCH_LIMIT = 32 * 1024 * 1024;

/** So many pictures that were fetched are known by their places; the longest known goes first. */
const CACHE_SIZE = 200;

const NOT_FOUND = "A picture is gone from the session. Run the cell again.";

/** Where an output stands. */
export interface OutputPlace {
  uri: string;
  run: string;
  /** Which of the run's outputs it is, counted from 0. */
  output: number;
}

/** Writes pictures, each once; fetches those that were too large to come unasked. */
export class ImageFiles implements vscode.Disposable {
  private readonly folder: string;
  /** What was fetched, or is being: a file, or what is said in its stead. */
  private readonly fetched = new Map<string, vscode.Uri | string>();
  private readonly emitter = new vscode.EventEmitter<string>();

  /** A picture of the document with this URI has come, or could not be had. */
  readonly onDidFetch = this.emitter.event;

  constructor(
    context: vscode.ExtensionContext,
    private readonly client: Client,
  ) {
    const storage = context.storageUri ?? context.globalStorageUri;
    this.folder = path.join(storage.fsPath, "pictures");
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    void this.removeOldFiles();
  }

  /** Return where an output's picture of a type lies; else a sentence that says why it does not. */
  fileOf(output: RichOutput, type: string, place: OutputPlace): vscode.Uri | string {
    const given = stringOf(output.data[type]);
    if (given !== "") {
      return this.write(type, given);
    }
    const size = output.omitted?.[type] ?? 0;
    if (size > FETCH_LIMIT) {
      return `A picture of ${formatBytes(size)} is too large for here; it is in the panel.`;
    }
    const name = [place.uri, place.run, place.output, type, size].join(" ");
    const known = this.fetched.get(name);
    if (known === undefined) {
      const [oldest] = this.fetched.keys();
      if (oldest !== undefined && this.fetched.size >= CACHE_SIZE) {
        this.fetched.delete(oldest);
      }
      this.fetched.set(name, "A picture is being fetched …");
      void this.fetch(name, type, place);
    }
    return this.fetched.get(name) ?? "";
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private async fetch(name: string, type: string, place: OutputPlace): Promise<void> {
    // Boundary: whatever goes wrong with one picture is told in its place.
    try {
      const { outputs } = await this.client.request("cellbridge/outputs", { ...place, mime: type });
      const [output] = outputs;
      const content = output !== undefined && "data" in output ? stringOf(output.data[type]) : "";
      this.fetched.set(name, content === "" ? NOT_FOUND : this.write(type, content));
    } catch (error) {
      this.fetched.set(name, `A picture could not be had: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.emitter.fire(place.uri);
  }

  /** Return the file of a picture, given as a notebook file holds it. */
  private write(type: string, content: string): vscode.Uri {
    const vector = type.includes("svg");
    const ending = vector ? "svg" : type.slice("image/".length);
    const name = createHash("sha1").update(content).digest("hex").slice(0, 20);
    const file = path.join(this.folder, `${name}.${ending}`);
    if (!fs.existsSync(file)) {
      // Whole or not at all: a picture that is being written would be shown as broken for good.
      fs.writeFileSync(`${file}.new`, Buffer.from(content, vector ? "utf8" : "base64"));
      fs.renameSync(`${file}.new`, file);
    }
    return vscode.Uri.file(file);
  }

  private async removeOldFiles(): Promise<void> {
    const names = await fs.promises.readdir(this.folder).catch(() => []);
    for (const name of names) {
      const file = path.join(this.folder, name);
      const { mtimeMs } = await fs.promises.stat(file).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > MAX_AGE) {
        await fs.promises.rm(file, { force: true });
      }
    }
  }
}
