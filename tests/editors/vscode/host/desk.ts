/** What the tests within the extension host share: scripts to write and open, and waiting for them. */
import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { KnownCell } from "../../../../editor-extension/vscode/src/scripts/scriptCells";
import type { Services } from "../../../../editor-extension/vscode/src/services";

/** Longer than anything takes on a machine that is busy with other things. */
export const PATIENCE = 90_000;

/** Look until there is something to see, and return it. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  show: () => unknown = () => "",
): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`Never came: ${what}. There was: ${JSON.stringify(await show())}`);
    }
    // Wait: for VS Code and the server behind it, which do not tell tests of what they have done.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function ours(): vscode.Extension<Services> {
  const extension = vscode.extensions.getExtension<Services>("cellbridge.cellbridge");
  assert.ok(extension);
  return extension;
}

/** Return the extension's own parts, once it has been activated. */
export async function services(): Promise<Services> {
  return ours().activate();
}

/** Write a file of the workspace. */
export async function written(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

/** Return what a file holds on disk. */
export async function held(uri: vscode.Uri): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
}

/** Write a script and open it as text. */
export async function open(name: string, text: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await written(name, text));
}

/** Return the cells that are known of a script. */
export async function cellsOf(uri: vscode.Uri): Promise<KnownCell[]> {
  return (await services()).scripts.of(uri)?.cells.ordered ?? [];
}

/** Wait until a script's cells are as they should be. */
export async function cells(
  uri: vscode.Uri,
  what: string,
  right: (cells: KnownCell[]) => boolean,
): Promise<KnownCell[]> {
  return until(
    what,
    async () => {
      const all = await cellsOf(uri);
      return right(all) && all;
    },
    () => cellsOf(uri),
  );
}

/** Run all cells of a script, and wait until the last has ended. */
export async function ranAll(uri: vscode.Uri): Promise<KnownCell[]> {
  const before = (await cellsOf(uri)).at(-1)?.run?.id;
  await vscode.window.showTextDocument(uri);
  await vscode.commands.executeCommand("cellbridge.runAll");
  return cells(uri, "the end of all cells", (all) => {
    const last = all.at(-1)?.run;
    return last !== undefined && last.id !== before && last.endedAt !== undefined;
  });
}

/** Return the labels of the completions at the end of a document. */
export async function completed(document: vscode.TextDocument, trigger?: string): Promise<string[]> {
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
export function processes(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf-8"))?.[1];
      const line = readFileSync(`/proc/${id}/cmdline`, "utf-8").split("\0");
      if (parent === String(process.pid) && line.includes("cellbridge")) {
        found.set(Number(id), line);
      }
    } catch {
      // It has just ended.
    }
  }
  return found;
}
