/** Debugging of cells, in the text editor and in the notebook editor, as VS Code sees it. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { openScript, until, waitForCells, writeFile } from "./workspace";

const SCRIPT = `# %% Functions
def double(value):
    result = value * 2
    return result

# %% Use
count = 20
total = double(count)
print("total", total)
`;

interface Frame {
  id: number;
  line: number;
  name: string;
  source?: { path?: string; sourceReference?: number };
}

/** An event of the debug adapter, as VS Code receives it. */
interface AdapterEvent {
  event?: string;
  body?: { threadId?: number; reason?: string };
}

/** The stops of all debug sessions. */
const stops: { threadId: number; reason: string }[] = [];
let seen = 0;

/** Wait for the next stop; return its reason and its frames. */
async function nextStop(): Promise<{ reason: string; threadId: number; frames: Frame[] }> {
  const stop = await until("a stop", () => stops[seen], () => stops);
  seen += 1;
  const { stackFrames: frames } = (await session().customRequest("stackTrace", { threadId: stop.threadId })) as {
    stackFrames: Frame[];
  };
  return { ...stop, frames };
}

function session(): vscode.DebugSession {
  const { activeDebugSession: active } = vscode.debug;
  assert.ok(active);
  return active;
}

/** Return the value of an expression in a frame. */
async function evaluate(expression: string, frameId: number): Promise<string> {
  const answer = (await session().customRequest("evaluate", { expression, frameId, context: "watch" })) as {
    result: string;
  };
  return answer.result;
}

/** Return the line of a frame, from 0, and its file or cell. */
function placeOf(frame: Frame | undefined): [number, string] {
  const shown = frame?.source?.path ?? "";
  // VS Code gives files of a remote machine as URIs.
  const file = shown.startsWith("vscode-remote:") ? vscode.Uri.parse(shown).path : shown;
  return [(frame?.line ?? 0) - 1, file];
}

function addBreakpoint(uri: vscode.Uri, line: number): void {
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(line, 0)))]);
}

/** Wait for the end of the debug session. */
async function sessionEnd(): Promise<void> {
  await until("the end of the debug session", () => vscode.debug.activeDebugSession === undefined);
}

/** Return the document that VS Code shows for a frame, and the text of the line. */
async function shownLine({ line, source }: Frame): Promise<[string, string]> {
  if (source?.sourceReference !== undefined) {
    const given = { source, sourceReference: source.sourceReference };
    const { content } = (await session().customRequest("source", given)) as { content: string };
    return [source.path ?? "", content.split("\n")[line - 1] ?? ""];
  }
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === source?.path);
  return [source?.path ?? "", document?.lineAt(line - 1).text ?? ""];
}

/** Debug the second cell of a notebook, with a breakpoint in a function of the first. */
async function debugInNotebook(uri: vscode.Uri, type: string): Promise<void> {
  await vscode.commands.executeCommand("vscode.openWith", uri, type);
  const [functions, use] = vscode.window.activeNotebookEditor?.notebook.getCells() ?? [];
  assert.ok(functions && use);
  await vscode.commands.executeCommand("notebook.cell.execute", { ranges: [{ start: 0, end: 1 }] });
  await until("the functions", () => functions.executionSummary?.success);
  addBreakpoint(functions.document.uri, 1);
  await vscode.commands.executeCommand("cellbridge.debugCell", use);
  // Without a breakpoint in it, the cell stops on its first line.
  const entry = await nextStop();
  // VS Code cannot show the cells of notebook files at a stop: it shows their script.
  const [ofFunctions, ofUse] = [functions, use].map(({ document }) =>
    uri.path.endsWith(".ipynb") ? "debugged.ipynb.py" : document.uri.toString(),
  );
  assert.deepEqual(await Promise.all(entry.frames.map(shownLine)), [[ofUse, "count = 20"]]);
  await session().customRequest("continue", { threadId: entry.threadId });
  const { frames, threadId } = await nextStop();
  assert.deepEqual(await Promise.all(frames.map(shownLine)), [
    [ofFunctions, "    result = value * 2"],
    [ofUse, "total = double(count)"],
  ]);
  await session().customRequest("continue", { threadId });
  await until("the output", () => use.outputs.length > 0);
}

describe("a debugged cell", () => {
  let tracking: vscode.Disposable;
  let uri: vscode.Uri;

  before(async () => {
    tracking = vscode.debug.registerDebugAdapterTrackerFactory("cellbridge", {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: ({ event, body }: AdapterEvent) => {
          if (event === "stopped") {
            stops.push({ threadId: body?.threadId ?? 0, reason: body?.reason ?? "" });
          }
        },
      }),
    });
    uri = (await openScript("debugged.py", SCRIPT)).document.uri;
    await waitForCells(uri, "the cells", (all) => all.length === 2);
  });
  after(() => {
    tracking.dispose();
  });
  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    if (vscode.debug.activeDebugSession !== undefined) {
      await vscode.debug.stopDebugging();
      await sessionEnd();
    }
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("is reached by F5 without a launch.json, and stops in a function of another cell", async () => {
    addBreakpoint(uri, 2);
    await vscode.commands.executeCommand("workbench.action.debug.start");
    const { frames, threadId } = await nextStop();
    assert.deepEqual(frames.map(placeOf), [[2, uri.fsPath], [7, uri.fsPath]]);
    assert.equal(await evaluate("value", frames[0]?.id ?? 0), "20");
    await session().customRequest("next", { threadId });
    const stepped = await nextStop();
    assert.deepEqual([stepped.reason, placeOf(stepped.frames[0])[0]], ["step", 3]);
    assert.equal(await evaluate("result", stepped.frames[0]?.id ?? 0), "40");
    await session().customRequest("continue", { threadId });
    await waitForCells(uri, "the end of all cells", (all) => all.every(({ run }) => run?.state === "ok"));
    await sessionEnd();
  });

  it("stops by its lens, and in later runs while the debugger is attached", async () => {
    await vscode.window.showTextDocument(uri);
    const find = () => vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
    const lenses = (await find()).filter(({ command }) => command?.command === "cellbridge.debugCell");
    assert.deepEqual(lenses.map(({ range }) => range.start.line), [0, 5]);
    addBreakpoint(uri, 8);
    await vscode.commands.executeCommand("cellbridge.debugCell", ...(lenses[1]?.command?.arguments ?? []));
    const { frames, threadId } = await nextStop();
    assert.deepEqual(frames.map(placeOf), [[8, uri.fsPath]]);
    assert.equal(await evaluate("total", frames[0]?.id ?? 0), "40");
    await session().customRequest("continue", { threadId });
    await vscode.commands.executeCommand("cellbridge.runCell", lenses[1]?.command?.arguments?.[0]);
    await nextStop();
    await vscode.commands.executeCommand("cellbridge.interrupt");
    await waitForCells(uri, "the interruption", ([, use]) => use?.run?.state === "error");
    assert.equal(session().type, "cellbridge");
  });

  it("runs line by line, and its session ends with it", async () => {
    const editor = await vscode.window.showTextDocument(uri);
    editor.selection = new vscode.Selection(6, 0, 6, 0);
    const running = vscode.commands.executeCommand("cellbridge.runByLine");
    for (const line of [6, 7, 8]) {
      const { frames } = await nextStop();
      assert.deepEqual(frames.map(placeOf), [[line, uri.fsPath]]);
      await vscode.commands.executeCommand("cellbridge.runByLine");
    }
    await running;
    await sessionEnd();
    await waitForCells(uri, "the end of the cell", ([, use]) => use?.run?.state === "ok");
  });

  it("of a script stops in the notebook editor", () => debugInNotebook(uri, "cellbridge-script"));

  it("of a notebook file stops in the notebook editor", async () => {
    const sources = SCRIPT.split(/# %% .*\n/).slice(1);
    const cells = sources.map((source, index) => ({
      cell_type: "code", execution_count: null, id: `cell-${index}`, metadata: {}, outputs: [], source: source.trimEnd(),
    }));
    const book = JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
    await debugInNotebook(await writeFile("debugged.ipynb", book), "cellbridge-ipynb");
  });
});
