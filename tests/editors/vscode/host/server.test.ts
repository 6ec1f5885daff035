/** The server process: changed settings, a crash, another interpreter. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Services } from "../../../../editor-extension/vscode/src/services";
import { waitForCells, completionLabels, readFile, openScript, serverProcesses, runAllCells, services, until } from "./workspace";

const SCRIPT = "# %% Warns\nimport warnings\nwarnings.warn('take care')\nprint('kept')\n";

const servers = () => [...serverProcesses().keys()];

async function changeSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
}

describe("the server", () => {
  let document: vscode.TextDocument;
  let ext: Services;

  before(async () => {
    ext = await services();
    document = (await openScript("server.py", SCRIPT)).document;
    await waitForCells(document.uri, "its cells", (all) => all[0]?.title === "Warns");
  });

  after(async () => {
    await ext.client.executeCommand("cellbridge.shutdown", { uri: document.uri.toString() });
  });

  it("receives a changed setting", async () => {
    assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    await changeSetting("cellbridge.diagnostics.warnings", true);
    await vscode.window.showTextDocument(document);
    await runAllCells(document.uri);
    const [one] = await until("the warning", () => {
      const all = vscode.languages.getDiagnostics(document.uri);
      return all.some(({ message }) => message.includes("take care")) && all;
    });
    assert.equal(one?.range.start.line, 2);
    await changeSetting("cellbridge.diagnostics.warnings", undefined);
    await until("no warning", () =>
      vscode.languages.getDiagnostics(document.uri).every(({ message }) => !message.includes("take care")),
    );
  });

  it("leaves static analysis to another server for Python, unless the user sets it", async () => {
    const other = (await openScript("beside.py", "import json\njson.")).document;
    await waitForCells(other.uri, "its cell", ({ length }) => length === 1);
    const statically = async () => (await completionLabels(other)).includes("JSONDecoder");
    assert.equal(await statically(), false);
    await changeSetting("cellbridge.completion.static", true);
    await until("what the person has switched on", statically);
    await changeSetting("cellbridge.completion.static", undefined);
    await until("nothing once more", async () => !(await statically()));
    await changeSetting("pyright.disableLanguageServices", true);
    await until("ours where the other offers nothing", statically);
    await changeSetting("pyright.disableLanguageServices", undefined);
    await until("nothing in the end", async () => !(await statically()));
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  it("comes up again after a crash, with all that there was", async () => {
    const [before] = servers();
    assert.ok(before);
    process.kill(before, "SIGKILL");
    const again = await until("another server", () => servers().find((id) => id !== before));
    await until("its start", () => ext.client.state === "running");
    const [first] = await waitForCells(document.uri, "the outputs", ([one]) => one?.run?.state === "ok");
    const printed = first?.outputs.filter((one) => one.kind === "stream" && one.name === "stdout");
    assert.deepEqual(printed?.map((one) => one.kind === "stream" && one.text), ["kept\n"]);
    assert.deepEqual(servers(), [again]);
    await vscode.window.showTextDocument(document);
    await runAllCells(document.uri);
  });

  it("is another when another interpreter is named, and none where that is none", async () => {
    const name = "cellbridge.server.interpreter";
    const before = vscode.workspace.getConfiguration().inspect<string>(name)?.globalValue;
    const running = servers();
    await changeSetting(name, "/nowhere/python");
    await changeSetting(name, before);
    const [again] = await until("another server", () => {
      const all = servers();
      return all.length === 1 && all[0] !== running[0] && all;
    });
    assert.ok(again);
    await until("its start", () => ext.client.state === "running");
    const [first] = await waitForCells(document.uri, "the outputs", ([one]) => one?.run?.state === "ok");
    assert.ok(first);
    assert.equal(await readFile(document.uri), document.getText());
  });
});
