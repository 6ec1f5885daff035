/** Helpers for tests in the extension host: writing and opening scripts, and waiting for their cells. */
import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { KnownCell } from "../../../../editor-extension/vscode/src/scripts/scriptCells";
import type { Services } from "../../../../editor-extension/vscode/src/services";

/** Time limit in milliseconds, long enough for a busy machine. */
export const TIMEOUT = 90_000;

/** Poll until `look` returns a value; return it. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  show: () => unknown = () => "",
): Promise<T> {
  const end = Date.now() + TIMEOUT;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`Never came: ${what}. There was: ${JSON.stringify(await show())}`);
    }
    // Wait: for VS Code and the server, which send no events to tests.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function extension(): vscode.Extension<Services> {
  const extension = vscode.extensions.getExtension<Services>("cellbridge.cellbridge");
  assert.ok(extension);
  return extension;
}

/** Activate the extension and return its services. */
export async function services(): Promise<Services> {
  return extension().activate();
}

/** Write a file in the workspace. */
export async function writeFile(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

/** Return the text of a file on disk. */
export async function readFile(uri: vscode.Uri): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
}

/** Write a script and open it as text. */
export async function openScript(name: string, text: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await writeFile(name, text));
}

/** Return the current cells of a script. */
export async function knownCells(uri: vscode.Uri): Promise<KnownCell[]> {
  return (await services()).scripts.of(uri)?.cells.ordered ?? [];
}

/** Wait until the cells of a script meet a condition. */
export async function waitForCells(
  uri: vscode.Uri,
  what: string,
  right: (cells: KnownCell[]) => boolean,
): Promise<KnownCell[]> {
  return until(
    what,
    async () => {
      const all = await knownCells(uri);
      return right(all) && all;
    },
    () => knownCells(uri),
  );
}

/** Run all cells of a script, and wait until the last one has finished. */
export async function runAllCells(uri: vscode.Uri): Promise<KnownCell[]> {
  const before = (await knownCells(uri)).at(-1)?.run?.id;
  await vscode.window.showTextDocument(uri);
  await vscode.commands.executeCommand("cellbridge.runAll");
  return waitForCells(uri, "the end of all cells", (all) => {
    const last = all.at(-1)?.run;
    return last !== undefined && last.id !== before && last.endedAt !== undefined;
  });
}

/** Return the labels of the completions at the end of a document. */
export async function completionLabels(document: vscode.TextDocument, trigger?: string): Promise<string[]> {
  const end = document.lineAt(document.lineCount - 1).range.end;
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    "vscode.executeCompletionItemProvider",
    document.uri,
    end,
    trigger,
  );
  return list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
}

/** Return the processes of cellbridge that this extension host has started, as their arguments by id. */
export function serverProcesses(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf-8"))?.[1];
      const line = readFileSync(`/proc/${id}/cmdline`, "utf-8").split("\0");
      if (parent === String(process.pid) && line.includes("cellbridge")) {
        found.set(Number(id), line);
      }
    } catch {
      // The process has just exited.
    }
  }
  return found;
}
