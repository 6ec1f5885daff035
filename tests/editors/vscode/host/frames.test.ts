/** The frames of an error, in the text editor and in the notebook editor. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { openScript, runAllCells, until, waitForCells, writeFile } from "./workspace";

const SCRIPT = `# %% Functions
def share(total, parts):
    each = {"total": total}
    return each["total"] / parts

# %% Use
share(20, 0)
`;
const LINE = 3;

/** Return the lines of the diagnostics about the selected frame. */
function selectedLines(uri: vscode.Uri): number[] {
  const { Information } = vscode.DiagnosticSeverity;
  const found = vscode.languages.getDiagnostics(uri).filter(({ severity }) => severity === Information);
  return found.map(({ range }) => range.start.line);
}

async function hoverText(uri: vscode.Uri, line: number, character: number): Promise<string> {
  const at = new vscode.Position(line, character);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, at);
  const contents = hovers.flatMap((hover) => hover.contents);
  return contents.map((one) => (typeof one === "string" ? one : one.value)).join("\n");
}

describe("the error of a cell", () => {
  let uri: vscode.Uri;

  before(async () => {
    uri = (await openScript("erring.py", SCRIPT)).document.uri;
    await waitForCells(uri, "the cells", (all) => all.length === 2);
    await runAllCells(uri);
  });
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("is debugged in the text editor, without a debugger", async () => {
    const editor = await vscode.window.showTextDocument(uri);
    editor.selection = new vscode.Selection(6, 0, 6, 0);
    await vscode.commands.executeCommand("cellbridge.debugError");
    await until("the line of the frame", () => editor.selection.active.line === LINE);
    await until("the diagnostic of the frame", () => selectedLines(uri).includes(LINE));
    assert.match(await hoverText(uri, LINE, 12), /'total': 20/);
    await vscode.commands.executeCommand("cellbridge.frameUp");
    await until("the calling frame", () => selectedLines(uri).includes(6));
    await vscode.commands.executeCommand("cellbridge.leaveFrames");
    await until("the end of the selection", () => selectedLines(uri).length === 0);
    assert.equal(vscode.debug.activeDebugSession, undefined);
  });

  it("is debugged in the notebook editor", async () => {
    // The diagnostics of a script that is also open as text are shown there only.
    const script = await writeFile("erring-cells.py", SCRIPT);
    await vscode.commands.executeCommand("vscode.openWith", script, "cellbridge-script");
    const notebook = await until("the notebook", () => vscode.window.activeNotebookEditor);
    const [functions, use] = notebook.notebook.getCells();
    assert.ok(functions && use);
    await vscode.commands.executeCommand("notebook.cell.execute", { ranges: [{ start: 0, end: 2 }] });
    await until("the error", () => use.executionSummary?.success === false);
    notebook.selection = new vscode.NotebookRange(1, 2);
    await vscode.commands.executeCommand("cellbridge.debugError", use);
    await until("the cell of the frame", () => notebook.selection.start === 0);
    const cell = functions.document.uri;
    const line = await until("the diagnostic in the cell", () => selectedLines(cell)[0]);
    assert.match(functions.document.lineAt(line).text, /return each/);
    assert.match(await hoverText(cell, line, 12), /'total': 20/);
    await vscode.commands.executeCommand("cellbridge.leaveFrames");
    await until("the end of the selection", () => selectedLines(cell).length === 0);
  });
});
