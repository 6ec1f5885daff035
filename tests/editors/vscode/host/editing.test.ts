/** Language features of a script with a kernel, through VS Code's own commands. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Services } from "../../../../editor-extension/vscode/src/services";
import { waitForCells, completionLabels, openScript, runAllCells, services, until } from "./workspace";

const SCRIPT = `# %% First
import pandas as pd
frame = pd.DataFrame({"height": [180, 90], "width": [1.5, 2.5]})
values = {"height": 180, "width": 90}
values

# %% Second
1 / 0
`;

/** Return the size of an object, which depends on the Python version. */
function size(texts: string[]): string {
  return /(\d+) B$/.exec(texts.join())?.[1] ?? "";
}

describe("a script with a kernel", () => {
  let document: vscode.TextDocument;
  let ext: Services;

  before(async () => {
    ext = await services();
    document = (await openScript("frame.py", SCRIPT)).document;
    await waitForCells(document.uri, "the cells", ([first]) => first?.last === 4);
  });

  it("has a lens over each cell, which runs it", async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
    );
    const run = lenses.filter(({ command }) => command?.command === "cellbridge.runCell");
    assert.deepEqual(run.map(({ range }) => range.start.line), [0, 6]);
    const command = run[0]?.command;
    assert.ok(command);
    await vscode.commands.executeCommand(command.command, ...(command.arguments as unknown[]));
    const [first] = await waitForCells(document.uri, "its end", ([one]) => one?.run?.state === "ok");
    const [output] = first?.outputs ?? [];
    assert.equal(output?.kind, "result");
    assert.equal(output.data["text/plain"], "{'height': 180, 'width': 90}");
    assert.equal(first?.fresh, true);
  });

  it("says a result once: the hints are left to the decorations", async () => {
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
      "vscode.executeInlayHintProvider",
      document.uri,
      whole,
    );
    assert.deepEqual(hints, []);
  });

  it("completes the columns of the living frame, each once", async () => {
    const editor = await vscode.window.showTextDocument(document);
    const last = document.lineAt(document.lineCount - 1).range.end;
    await editor.edit((edit) => {
      edit.insert(last, '\n# %%\nframe["');
    });
    const found = await until("completions", async () => {
      const labels = await completionLabels(document, '"');
      return labels.length > 0 && labels;
    });
    assert.deepEqual(found, ["height", "width"]);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), SCRIPT);
  });

  it("completes and explains while a cell runs", async () => {
    const editor = await openScript("busy.py", "# %%\nbusy = {'long': 1}\nprint('in')\nimport time\ntime.sleep(600)\n# %%\nbusy['");
    const uri = editor.document.uri;
    await waitForCells(uri, "its cells", ({ length }) => length === 2);
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    await vscode.commands.executeCommand("cellbridge.runCell");
    await waitForCells(uri, "its output", ([first]) => (first?.outputs.length ?? 0) > 0);
    assert.deepEqual(await completionLabels(editor.document, "'"), ["long"]);
    assert.equal((await waitForCells(uri, "the run", () => true))[0]?.run?.state, "running");
    await vscode.commands.executeCommand("cellbridge.interrupt");
    await waitForCells(uri, "its end", ([first]) => first?.run?.endedAt !== undefined);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  it("explains the living object", async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(4, 2),
    );
    const texts = hovers.flatMap(({ contents }) =>
      contents.map((one) => (typeof one === "string" ? one : one.value)),
    );
    assert.deepEqual(texts, [
      "```text\n{'height': 180, 'width': 90}\n```\n\n*dict* · length 2 · 333 B".replace("333", size(texts)),
    ]);
  });

  it("puts an error on its line, and takes it away when it is mended", async () => {
    await runAllCells(document.uri);
    const found = await until("the problem", () => {
      const all = vscode.languages.getDiagnostics(document.uri);
      return all.length > 0 && all;
    });
    assert.deepEqual(
      found.map(({ message, severity, source, range: { start, end } }) => ({
        message,
        severity,
        source,
        range: [start.line, start.character, end.line, end.character],
      })),
      [
        {
          message: "ZeroDivisionError: division by zero",
          severity: vscode.DiagnosticSeverity.Error,
          source: "cellbridge",
          range: [7, 0, 7, 5],
        },
      ],
    );
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(7, 4, 7, 5), "1");
    assert.ok(await vscode.workspace.applyEdit(edit));
    await runAllCells(document.uri);
    await until("no problem", () => vscode.languages.getDiagnostics(document.uri).length === 0);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), SCRIPT);
  });

  it("has the cells in the outline", async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name, range }) => [name, range.start.line, range.end.line]),
      [["First", 0, 5], ["Second", 6, 8]],
    );
  });

  it("knows the variables", async () => {
    const { variables } = await ext.client.request("cellbridge/variables", {
      uri: document.uri.toString(),
    });
    assert.deepEqual(
      variables.filter(({ type }) => type !== "module").map(({ name, type, children }) => [name, type, children]),
      [["frame", "DataFrame", true], ["values", "dict", true]],
    );
  });

  it("edits cells as one step to undo", async () => {
    const editor = await openScript("edit.py", "# %% A\n1\n# %% B\n2\n");
    const { uri } = editor.document;
    await waitForCells(uri, "its cells", ({ length }) => length === 2);
    editor.selection = new vscode.Selection(3, 0, 3, 0);
    await vscode.commands.executeCommand("cellbridge.moveCellUp");
    assert.equal(editor.document.getText(), "# %% B\n2\n# %% A\n1\n");
    await waitForCells(uri, "the moved cells", (all) =>
      all.map(({ title, first }) => `${title}${first}`).join() === "B0,A2",
    );
    await vscode.commands.executeCommand("cellbridge.selectCell");
    assert.equal(editor.document.getText(editor.selection).trimEnd(), "# %% B\n2");
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), "# %% A\n1\n# %% B\n2\n");
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });
  it("extends a selection cell by cell, and back again", async () => {
    const editor = await openScript("extend.py", "# %% A\n1\n# %% B\n2\n# %% C\n3\n");
    await waitForCells(editor.document.uri, "its cells", (all) => all.map(({ title }) => title).join("") === "ABC");
    const after = async (way: string) => {
      await vscode.commands.executeCommand(`cellbridge.extendSelection${way}`);
      return editor.document.getText(editor.selection).replaceAll("\n", "|");
    };
    editor.selection = new vscode.Selection(3, 0, 3, 0);
    assert.equal(await after("Below"), "# %% B|2");
    assert.equal(await after("Below"), "# %% B|2|# %% C|3|");
    assert.equal(await after("Below"), "# %% B|2|# %% C|3|");
    assert.equal(await after("Above"), "# %% B|2");
    assert.equal(await after("Above"), "# %% A|1|# %% B|2");
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });
});
