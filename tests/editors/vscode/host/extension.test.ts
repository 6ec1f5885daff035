/** Exact checks from within the extension host: what VS Code's own commands return of ours. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Services } from "../../../../editor-extension/vscode/src/services";

const SCRIPT = `# %% First
values = {"height": 180, "width": 90}
values

# %% Second
1 / 0
`;

async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 40_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`Waited in vain for ${look.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("cellbridge in VS Code", () => {
  let services: Services;
  let document: vscode.TextDocument;

  async function open(name: string, text: string): Promise<vscode.TextEditor> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const uri = vscode.Uri.joinPath(folder, name);
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    return vscode.window.showTextDocument(uri);
  }

  function cells() {
    return services.scripts.of(document.uri)?.cells.ordered ?? [];
  }

  before(async () => {
    document = (await open("host.py", SCRIPT)).document;
    const extension = vscode.extensions.getExtension<Services>("cellbridge.cellbridge");
    assert.ok(extension);
    services = await extension.activate();
    await until(() => cells().length === 2);
  });

  after(async () => {
    await services.client.command("cellbridge.shutdown", { uri: document.uri.toString() });
  });

  it("offers every command that it declares, and declares every key's command", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const { contributes } = vscode.extensions.getExtension("cellbridge.cellbridge")?.packageJSON as {
      contributes: { commands: { command: string }[]; keybindings: { command: string }[] };
    };
    const declared = contributes.commands.map(({ command }) => command);
    assert.deepEqual(declared.filter((command) => !known.has(command)), []);
    const bound = contributes.keybindings.map(({ command }) => command);
    assert.deepEqual(bound.filter((command) => command.startsWith("cellbridge.") && !declared.includes(command)), []);
  });

  it("has a lens over each cell, which runs it", async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
    );
    const run = lenses.filter(({ command }) => command?.command === "cellbridge.runCell");
    assert.deepEqual(run.map(({ range }) => range.start.line), [0, 4]);
    const command = run[0]?.command;
    assert.ok(command);
    await vscode.commands.executeCommand(command.command, ...(command.arguments as unknown[]));
    const first = await until(() => cells().find(({ run }) => run?.state === "ok"));
    const [output] = first.outputs;
    assert.equal(output?.kind, "result");
    assert.deepEqual(output.data["text/plain"], "{'height': 180, 'width': 90}");
    assert.ok(first.fresh);
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

  it("completes from the living object", async () => {
    const editor = await vscode.window.showTextDocument(document);
    const last = document.lineAt(document.lineCount - 1).range.end;
    await editor.edit((edit) => {
      edit.insert(last, '\n# %%\nvalues["');
    });
    const end = document.lineAt(document.lineCount - 1).range.end;
    const found = await until(async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        "vscode.executeCompletionItemProvider",
        document.uri,
        end,
        '"',
      );
      const labels = list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
      return labels.some((label) => label.includes("height")) && labels;
    });
    assert.equal(found.filter((label) => label.includes("height")).length, 1);
  });

  it("explains the living object", async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(2, 2),
    );
    const texts = hovers.flatMap(({ contents }) =>
      contents.map((one) => (typeof one === "string" ? one : one.value)),
    );
    assert.match(texts.join("\n"), /dict/);
    assert.match(texts.join("\n"), /height/);
  });

  it("puts an error on its line", async () => {
    await vscode.commands.executeCommand("cellbridge.runAll");
    const [problem] = await until(() => {
      const found = vscode.languages.getDiagnostics(document.uri);
      return found.some(({ message }) => message.includes("division")) && found;
    });
    assert.equal(problem?.range.start.line, 5);
  });

  it("has the cells in the outline", async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const names = symbols.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 2), ["First", "Second"]);
  });

  it("edits cells as one step to undo", async () => {
    const editor = await open("edit.py", "# %% A\n1\n# %% B\n2\n");
    await until(() => services.scripts.of(editor.document.uri)?.cells.ordered.length === 2);
    editor.selection = new vscode.Selection(3, 0, 3, 0);
    await vscode.commands.executeCommand("cellbridge.moveCellUp");
    assert.equal(editor.document.getText(), "# %% B\n2\n# %% A\n1\n");
    await until(() => {
      const known = services.scripts.of(editor.document.uri)?.cells.ordered ?? [];
      return known.map(({ title, first }) => `${title}${first}`).join() === "B0,A2";
    });
    await vscode.commands.executeCommand("cellbridge.selectCell");
    assert.equal(editor.document.getText(editor.selection).trimEnd(), "# %% B\n2");
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), "# %% A\n1\n# %% B\n2\n");
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  it("knows the variables", async () => {
    const { variables } = await services.client.request("cellbridge/variables", {
      uri: document.uri.toString(),
    });
    const found = variables.find(({ name }) => name === "values");
    assert.equal(found?.type, "dict");
    assert.equal(found.children, true);
  });

  it("starts the server anew when another interpreter is named, and says honestly if that is none", async () => {
    const settings = vscode.workspace.getConfiguration("cellbridge");
    const { Global } = vscode.ConfigurationTarget;
    const before = settings.inspect<string>("server.interpreter")?.globalValue;
    await settings.update("server.interpreter", "/nowhere/python", Global);
    await settings.update("server.interpreter", before, Global);
    await until(() => services.client.state === "running");
    await until(() => cells().length > 0);
    const first = await until(() => cells().find(({ run }) => run?.state === "ok"));
    assert.equal(first.outputs.length, 1);
  });
});
