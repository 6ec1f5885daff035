/** Fast cells run again and again in a notebook: screen, session and saved file hold the same. */
import * as assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { CellsResult, Commands } from "../../../../editor-extension/vscode/src/protocol.gen";
import type { Services } from "../../../../editor-extension/vscode/src/services";
import { readFile, TIMEOUT, services, until } from "./workspace";

/** Number of runs for each form. */
const RERUNS = Number(process.env.RERUNS ?? "12");

/** The output differs in each run, so that an old output is not mistaken for a new one. */
const CELLS = [
  "n = globals().get('n', 0) + 1",
  "print('first', n)",
  "print('second', n)",
  "print('third', n)\nn",
];
const SCRIPT = CELLS.map((cell) => `# %%\n${cell}\n`).join("\n");
const BOOK = JSON.stringify(
  {
    cells: CELLS.map((source, at) => ({
      cell_type: "code", execution_count: null, id: `cell-${at}`, metadata: {}, outputs: [], source,
    })),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  },
  null,
  1,
);
const FORMS = [
  { name: "rerun.py", type: "cellbridge-script", text: SCRIPT },
  { name: "rerun.ipynb", type: "cellbridge-ipynb", text: BOOK },
];

/** A notebook in its editor, with the URI of its document in the server. */
interface OpenNotebook {
  notebook: vscode.NotebookDocument;
  uri: string;
}

/**
 * Put a file into the workspace, and wait until VS Code has noticed.
 *
 * Later it would read the file again, and take a notebook with new outputs for one that is saved.
 */
async function createFile(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name));
  const noticed = new Promise((resolve) => watcher.onDidCreate(resolve));
  const file = vscode.Uri.joinPath(folder.uri, name);
  replaceFile(file, text);
  await noticed;
  watcher.dispose();
  return file;
}

/** Write a file as other programs do, in one step, so that VS Code notices one change. */
function replaceFile(file: vscode.Uri, text: string): void {
  const draft = path.join(path.dirname(path.dirname(file.fsPath)), path.basename(file.fsPath));
  writeFileSync(draft, text);
  renameSync(draft, file.fsPath);
}

/** Open a file as a notebook whose cells can run. */
async function openNotebook(file: vscode.Uri, type: string): Promise<OpenNotebook> {
  await vscode.commands.executeCommand("vscode.openWith", file, type);
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  assert.equal(notebook?.notebookType, type);
  return { notebook, uri: `cellbridge-notebook+${file.toString()}` };
}

/** Wait until all events have arrived that VS Code has sent to this extension host. */
async function pendingEvents(): Promise<void> {
  await vscode.commands.executeCommand("setContext", "cellbridge.test", Date.now());
}

function textOf(outputs: readonly vscode.NotebookCellOutput[]): string {
  const items = outputs.flatMap((output) => output.items.slice(0, 1));
  return items.map(({ data }) => Buffer.from(data).toString()).join("");
}

/** Return the execution count and output text of each cell on the screen. */
function onScreen({ notebook }: OpenNotebook): [number | null, string][] {
  return notebook
    .getCells()
    .map((cell) => [cell.executionSummary?.executionOrder ?? null, textOf(cell.outputs)]);
}

async function sessionCells({ uri }: OpenNotebook): Promise<CellsResult> {
  return (await services()).client.request("cellbridge/cells", { uri });
}

/** Return the execution count and output text of each cell in the session. */
async function inSession(one: OpenNotebook): Promise<[number | null, string][]> {
  return (await sessionCells(one)).cells.filter(({ kind }) => kind === "code").map(({ run, outputs }) => [
    run?.count ?? null,
    (outputs ?? []).map((output) => (output.kind === "stream" ? output.text : "data" in output ? String(output.data["text/plain"]) : "")).join(""),
  ]);
}

/** Text in a notebook file, which keeps the form that its other texts have. */
type MultilineText = string | string[];

/** Return the execution count and output text of each cell in a notebook file. */
async function onDisk(file: vscode.Uri): Promise<[number | null, string][]> {
  interface Held {
    cells: { execution_count: number | null; outputs: { text?: MultilineText; data?: Record<string, MultilineText> }[] }[];
  }
  const text = (lines: MultilineText = "") => (typeof lines === "string" ? lines : lines.join(""));
  return (JSON.parse(await readFile(file)) as Held).cells.map(({ execution_count: count, outputs }) => [
    count,
    outputs.map((output) => text(output.text ?? output.data?.["text/plain"])).join(""),
  ]);
}

/** Run all cells, and wait until VS Code shows the outputs of this run. */
async function runAllCells(one: OpenNotebook, time: number): Promise<[number | null, string][]> {
  const expected = ["", `first ${time}\n`, `second ${time}\n`, `third ${time}\n${time}`];
  const isOver = () =>
    onScreen(one).every(([, text], at) => text === expected[at]) &&
    one.notebook.getCells().every(({ executionSummary }) => executionSummary?.timing !== undefined);
  const over = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      done(() => { reject(new Error(`Run ${time} never ended: ${JSON.stringify(onScreen(one))}`)); });
    }, TIMEOUT);
    const listening = vscode.workspace.onDidChangeNotebookDocument(() => {
      if (isOver()) {
        done(resolve);
      }
    });
    const done = (end: () => void) => {
      clearTimeout(late);
      listening.dispose();
      end();
    };
  });
  await vscode.commands.executeCommand("notebook.execute", one.notebook.uri);
  await over;
  await pendingEvents();
  return onScreen(one);
}

/** Record each request to clear outputs, until `stop` is called. */
function recordDeletions(client: Services["client"]): { requested: unknown[]; stop: () => void } {
  const requested: unknown[] = [];
  const { executeCommand: command } = client;
  client.executeCommand = <C extends keyof Commands>(name: C, argument: Commands[C]["argument"]) => {
    if (name === "cellbridge.clearOutputs") {
      requested.push(argument);
    }
    return command.call(client, name, argument) as Promise<Commands[C]["result"]>;
  };
  return { requested, stop: () => { client.executeCommand = command; } };
}

describe("fast cells run again", () => {
  // VS Code in a browser saves by itself after a second, and a save then gives way to another one.
  const saving = () => vscode.workspace.getConfiguration("files");
  before(() => saving().update("autoSave", "off", vscode.ConfigurationTarget.Global));
  after(() => saving().update("autoSave", undefined, vscode.ConfigurationTarget.Global));
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  for (const { name, type, text } of FORMS) {
    for (const beside of [false, true]) {
      const where = beside ? "next to its text" : "alone";
      it(`${name} ${where}: screen, session and file agree ${RERUNS} times`, async function () {
        this.timeout(TIMEOUT + RERUNS * 10_000);
        const { client } = await services();
        const file = await createFile(`${beside ? "both-" : ""}${name}`, text);
        const one = await openNotebook(file, type);
        if (beside) {
          await vscode.commands.executeCommand("vscode.openWith", file, "default", vscode.ViewColumn.Beside);
        }
        const { requested, stop } = recordDeletions(client);
        const wrong: unknown[] = [];
        for (let time = 1; time <= RERUNS; time += 1) {
          const screen = await runAllCells(one, time);
          const session = await inSession(one);
          assert.ok(await one.notebook.save());
          const disk = name.endsWith(".ipynb") ? await onDisk(file) : (await readFile(file)) === text && screen;
          if (JSON.stringify([session, disk]) !== JSON.stringify([screen, screen])) {
            wrong.push({ time, screen, session, disk, unsaved: one.notebook.isDirty });
          }
        }
        stop();
        const found = `${wrong.length} of ${RERUNS} disagree, ${requested.length} deletions without a request of the user`;
        assert.ok(wrong.length + requested.length === 0, `${found}: ${JSON.stringify(wrong.slice(0, 2))}`);
      });
    }
  }
});

describe("outputs in a notebook", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("are the session's no more once the user clears them, and no later ones", async () => {
    const file = await createFile("cleared.py", SCRIPT);
    const one = await openNotebook(file, "cellbridge-script");
    const [first, , ...others] = await runAllCells(one, 1);
    const editor = vscode.window.activeNotebookEditor;
    assert.ok(editor);
    editor.selection = new vscode.NotebookRange(1, 2);
    await vscode.commands.executeCommand("notebook.cell.clearOutputs");
    await until("the clearing in the session", async () => (await inSession(one))[1]?.[1] === "", () => inSession(one));
    assert.deepEqual(await inSession(one), [first, [null, ""], ...others]);
    assert.deepEqual(onScreen(one), [first, [null, ""], ...others]);
    const again = await runAllCells(one, 2);
    assert.deepEqual(await inSession(one), again);
    await vscode.commands.executeCommand("notebook.clearAllCellsOutputs", one.notebook.uri);
    await until("the clearing of all", async () => (await inSession(one)).every(([, text]) => text === ""), () => inSession(one));
    assert.ok(onScreen(one).every(([, text]) => text === ""), JSON.stringify(onScreen(one)));
  });

  it("stay when the script is changed elsewhere, and errors count once next to the text", async () => {
    const { client } = await services();
    const file = await createFile("failing.py", `${SCRIPT}\n# %%\n1 / 0\n`);
    const one = await openNotebook(file, "cellbridge-script");
    const { requested, stop } = recordDeletions(client);
    const errors = () =>
      vscode.languages
        .getDiagnostics()
        .filter(([uri]) => uri.path.endsWith("/failing.py"))
        .flatMap(([uri, found]) => found.filter(({ message }) => message.includes("division")).map(() => uri.scheme));
    await vscode.commands.executeCommand("notebook.execute", one.notebook.uri);
    await until("the error in the notebook", () => errors().includes("vscode-notebook-cell"), errors);
    assert.deepEqual(errors(), ["vscode-notebook-cell"]);
    await vscode.window.showTextDocument(file, { viewColumn: vscode.ViewColumn.Beside });
    await until("the error in the text", () => errors().includes("file"), errors);
    assert.deepEqual(errors(), ["file"]);
    const before = onScreen(one);
    replaceFile(file, (await readFile(file)).replace("# %%", "# %% Renamed"));
    await until("the change in the notebook", () => one.notebook.getCells().length === 5 && original(one).includes("Renamed"));
    const same = () => JSON.stringify(onScreen(one)) === JSON.stringify(before);
    await until("the outputs again", same, () => [before, onScreen(one)]);
    assert.deepEqual((await inSession(one)).map(([count]) => count), [1, 2, 3, 4, 5]);
    assert.deepEqual(requested, []);
    stop();
  });
});

/** Return the bytes that a notebook was read from, as text. */
function original({ notebook }: OpenNotebook): string {
  return Buffer.from(String(notebook.metadata.original), "base64").toString();
}
