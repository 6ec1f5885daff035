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

/** Files older than this are removed, in milliseconds. */
const KEPT = 24 * 3600 * 1000;

/** Writes pictures, each once. */
export class Pictures {
  private readonly folder: string;

  constructor(context: vscode.ExtensionContext) {
    const storage = context.storageUri ?? context.globalStorageUri;
    this.folder = path.join(storage.fsPath, "pictures");
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    void this.tidy();
  }

  /** Return where a picture lies, given as a notebook file holds it. */
  fileOf(type: string, content: string): vscode.Uri {
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

  private async tidy(): Promise<void> {
    const names = await fs.promises.readdir(this.folder).catch(() => []);
    for (const name of names) {
      const file = path.join(this.folder, name);
      const { mtimeMs } = await fs.promises.stat(file).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > KEPT) {
        await fs.promises.rm(file, { force: true });
      }
    }
  }
}
