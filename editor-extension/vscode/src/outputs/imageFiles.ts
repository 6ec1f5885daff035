/**
 * Images as files, to which Markdown can link.
 *
 * Owns a folder in the extension's storage. VS Code truncates Markdown at 100,000 characters, and screen
 * readers would read the bytes of embedded images. Old files are removed when the extension starts.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Client } from "../client";
import type { RichOutput } from "../protocol.gen";
import { imageSize, type Size } from "./imageSize";
import { stringOf } from "./outputForms";
import { formatBytes } from "./outputText";

/** Files older than this are removed, in milliseconds. */
const MAX_AGE = 24 * 3600 * 1000;

/** Larger images are not fetched automatically, in characters of base64. */
const FETCH_LIMIT = 32 * 1024 * 1024;

/** Maximum number of remembered images that were fetched. */
const CACHE_SIZE = 200;

const NOT_FOUND = "This image is no longer in the session. Run the cell again.";

/** Identifies an output. */
export interface OutputPlace {
  uri: string;
  run: string;
  /** Index of the output in the run. */
  output: number;
}

/** An image in a file. */
export interface StoredImage {
  file: vscode.Uri;
  /** The size at which it should be shown, if it is known. */
  size: Size | undefined;
}

/** Writes each image once, and fetches those that were too large to be sent. */
export class ImageFiles implements vscode.Disposable {
  private readonly folder: string;
  /** The fetched images by key: a file, or a message in its place. */
  private readonly fetched = new Map<string, StoredImage | string>();
  private readonly emitter = new vscode.EventEmitter<string>();

  /** An image of the document with this URI was fetched, or the request failed. */
  readonly onDidFetch = this.emitter.event;

  constructor(
    context: vscode.ExtensionContext,
    private readonly client: Client,
  ) {
    const storage = context.storageUri ?? context.globalStorageUri;
    this.folder = path.join(storage.fsPath, "images");
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    void this.removeOldFiles();
  }

  /** Return an output's image in a file, or a message. */
  imageOf(output: RichOutput, type: string, place: OutputPlace): StoredImage | string {
    const given = stringOf(output.data[type]);
    const metadata = output.metadata?.[type];
    if (given !== "") {
      return this.store(type, given, metadata);
    }
    const size = output.omitted?.[type] ?? 0;
    if (size > FETCH_LIMIT) {
      return `This image (${formatBytes(size)}) is too large to show here. The panel shows it.`;
    }
    const name = [place.uri, place.run, place.output, type, size].join(" ");
    const known = this.fetched.get(name);
    if (known === undefined) {
      const [oldest] = this.fetched.keys();
      if (oldest !== undefined && this.fetched.size >= CACHE_SIZE) {
        this.fetched.delete(oldest);
      }
      this.fetched.set(name, "Fetching an image …");
      void this.fetch(name, type, place, metadata);
    }
    return this.fetched.get(name) ?? "";
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private async fetch(name: string, type: string, place: OutputPlace, metadata: unknown): Promise<void> {
    // Boundary: any error is shown in the place of the image.
    try {
      const { outputs } = await this.client.request("cellbridge/outputs", { ...place, mime: type });
      const [output] = outputs;
      const content = output !== undefined && "data" in output ? stringOf(output.data[type]) : "";
      this.fetched.set(name, content === "" ? NOT_FOUND : this.store(type, content, metadata));
    } catch (error) {
      this.fetched.set(name, `Could not fetch an image: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.emitter.fire(place.uri);
  }

  private store(type: string, content: string, metadata: unknown): StoredImage {
    return { file: this.write(type, content), size: imageSize(type, content, metadata) };
  }

  /** Write an image, given in the encoding of notebook files. Return the file. */
  private write(type: string, content: string): vscode.Uri {
    const vector = type.includes("svg");
    const ending = vector ? "svg" : type.slice("image/".length);
    const name = createHash("sha1").update(content).digest("hex").slice(0, 20);
    const file = path.join(this.folder, `${name}.${ending}`);
    if (!fs.existsSync(file)) {
      // Rename a complete file: VS Code would cache a partly written image as broken.
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
