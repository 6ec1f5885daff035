/** Notebooks in the extension host: reading files and writing them back. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { readFile, writeFile } from "./workspace";

const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const NOTEBOOK = `{
  "nbformat": 4,
  "nbformat_minor": 5,
  "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
  "cells": [
    {"cell_type": "code", "id": "first",  "metadata": {"tags": ["x"]}, "execution_count": 3,
     "source": "draw()", "outputs": [
      {"output_type": "stream", "name": "stderr", "text": ["a\\n", "b"]},
      {"output_type": "display_data", "metadata": {}, "data": {"image/png": "${PICTURE}", "text/plain": "<P>"}},
      {"output_type": "error", "ename": "E", "evalue": "m", "traceback": ["t"]}]},
    {"cell_type": "raw", "id": "second", "metadata": {}, "source": "raw"},
    {"cell_type": "code", "id": "third", "metadata": {}, "execution_count": null, "outputs": [], "source": "x"}
  ]
}`;

/** Open a file in Cellbridge's notebook editor. */
async function openNotebook(uri: vscode.Uri, type: string): Promise<vscode.NotebookDocument> {
  await vscode.commands.executeCommand("vscode.openWith", uri, type);
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  assert.equal(notebook?.notebookType, type);
  return notebook;
}

async function replaceText(cell: vscode.NotebookCell, text: string): Promise<void> {
  const { document } = cell;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe("files as notebooks", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("shows stored outputs, and writes back all that was not edited", async () => {
    const uri = await writeFile("stored.ipynb", NOTEBOOK);
    const notebook = await openNotebook(uri, "cellbridge-ipynb");
    const [first, raw, third] = notebook.getCells();
    assert.ok(first && raw && third);
    assert.equal(raw.document.languageId, "raw");
    assert.equal(first.executionSummary?.executionOrder, 3);
    assert.deepEqual(
      first.outputs.map(({ items }) => items.map(({ mime }) => mime)),
      [["application/vnd.code.notebook.stderr"], ["image/png", "text/plain"], ["application/vnd.code.notebook.error"]],
    );
    const picture = first.outputs[1]?.items[0]?.data;
    assert.equal(Buffer.from(picture ?? []).toString("base64"), PICTURE);
    await replaceText(third, "y");
    assert.ok(await notebook.save());
    const untouched = NOTEBOOK.slice(NOTEBOOK.indexOf('{"cell_type"'), NOTEBOOK.indexOf('{"cell_type": "code", "id": "third"'));
    const after = await readFile(uri);
    assert.ok(after.includes(untouched), after);
    assert.deepEqual((JSON.parse(after) as { cells: { source: unknown }[] }).cells[2]?.source, "y");
  });

  it("keeps what a script is, line ends and a cell's own spelling", async () => {
    const text = "\ufeff#%%  One\r\na = 1\r\n\r\n\r\n# %% [md]\r\n# words\r\n# In[2]:\r\nb = 2";
    const uri = await writeFile("kept.py", text);
    const notebook = await openNotebook(uri, "cellbridge-script");
    assert.deepEqual(
      notebook.getCells().map((cell) => cell.document.getText().replaceAll("\r\n", "\n")),
      ["a = 1", "words", "b = 2"],
    );
    const last = notebook.cellAt(2);
    await replaceText(last, "b = 3");
    assert.ok(await notebook.save());
    assert.equal(await readFile(uri), text.replace("b = 2", "b = 3"));
  });

  it("takes new and moved cells over", async () => {
    const uri = await writeFile("moved.py", "# %%\na = 1\n\n# %%\nb = 2\n");
    const notebook = await openNotebook(uri, "cellbridge-script");
    const edit = new vscode.WorkspaceEdit();
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, "# words", "markdown");
    edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(1, [cell])]);
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.ok(await notebook.save());
    assert.equal(await readFile(uri), "# %%\na = 1\n\n# %% [markdown]\n# # words\n\n# %%\nb = 2\n");
  });
});
