/** Activation: effects of opening a script, and the absence of others. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { TITLES } from "../../../../editor-extension/vscode/src/protocol.gen";
import { waitForCells, readFile, openScript, extension, serverProcesses, services } from "./workspace";

const SCRIPT = "# %% First\nprint('ran')\n\n# %% Second\n2\n";

interface Declared {
  contributes: {
    commands: { command: string }[];
    keybindings: { command: string }[];
    menus: Record<string, { command: string }[]>;
  };
}

describe("the extension at its beginning", () => {
  it("is not active before there is a script", () => {
    assert.equal(extension().isActive, false);
  });

  it("starts its server and no kernel, and leaves the script as it is", async () => {
    const { document } = await openScript("host.py", SCRIPT);
    const all = await waitForCells(document.uri, "two cells", ({ length }) => length === 2);
    assert.deepEqual(
      all.map(({ title, run, outputs }) => ({ title, run, outputs })),
      [
        { title: "First", run: undefined, outputs: [] },
        { title: "Second", run: undefined, outputs: [] },
      ],
    );
    const { client, scripts } = await services();
    assert.equal(scripts.of(document.uri)?.cells.kernel.state, "absent");
    const { sessions } = await client.request("cellbridge/sessions", {});
    assert.deepEqual(sessions.filter(({ uri }) => uri === document.uri.toString()), []);
    const own = [...serverProcesses().values()].map((line) => line.slice(1).join(" ").trim());
    assert.deepEqual(own, ["-P -m cellbridge lsp"]);
    assert.equal(document.isDirty, false);
    assert.equal(await readFile(document.uri), SCRIPT);
  });

  it("offers the commands that it declares, and what the server names", async () => {
    const known = (await vscode.commands.getCommands(true)).filter(isOurs);
    const { contributes } = extension().packageJSON as Declared;
    const declared = contributes.commands.map(({ command }) => command);
    const named = [contributes.keybindings, ...Object.values(contributes.menus)].flat();
    assert.deepEqual(declared.filter((one) => !known.includes(one)), []);
    // The others are commands of the server's code actions, which are not in the palette.
    const rest = known.filter((one) => !declared.includes(one) && !views(one));
    assert.deepEqual(rest.filter((one) => !(one in TITLES)), []);
    const asked = named.map(({ command }) => command).filter(isOurs);
    assert.deepEqual(asked.filter((command) => !declared.includes(command)), []);
  });
});

function isOurs(command: string): boolean {
  return command.startsWith("cellbridge.");
}

/** Return true for commands that VS Code creates for each view, such as `cellbridge.variables.focus`. */
function views(command: string): boolean {
  return /^cellbridge\.(variables|sessions)\./.test(command);
}
