/** The tools of `cellbridge mcp` for VS Code's own agents, on a script that is open. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { openScript, runAllCells, serverProcesses, services, until, waitForCells } from "./workspace";

const SCRIPT = "# %% First\nx = 41\n\n# %% Second\nx + 1\n";
/** VS Code's id of the server: the extension, and the label of the definition. */
const SERVER = "cellbridge.cellbridge/Cellbridge";

/** Call a tool of the server, as a language model does. */
async function callTool(name: string, input: object): Promise<string> {
  const names = () => vscode.lm.tools.map((tool) => tool.name);
  const tool = await until(`the tool ${name}`, () => names().find((one) => one.endsWith(`_${name}`)), names);
  const result = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined });
  return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("\n");
}

describe("agents in VS Code", () => {
  let document: vscode.TextDocument;

  before(async () => {
    document = (await openScript("agents.py", SCRIPT)).document;
    await waitForCells(document.uri, "two cells", ({ length }) => length === 2);
    await runAllCells(document.uri);
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.mcp.stopServer", SERVER);
    await until("the end of the server", () => [...serverProcesses().values()].every((line) => !line.includes("mcp")));
    await (await services()).client.executeCommand("cellbridge.shutdown", { uri: document.uri.toString() });
  });

  it("run cells of the open script with the tools of the server, and are its authors", async () => {
    const { agents, scripts } = await services();
    await vscode.commands.executeCommand("workbench.mcp.startServer", SERVER, { waitForLiveTools: true });
    await vscode.commands.executeCommand("cellbridge.allowAgents", { uri: document.uri.toString() });
    await until("the permission", () => agents.active.allowed);
    const overview = await callTool("overview", { script: "agents.py" });
    const cell = scripts.of(document.uri)?.cells.ordered[1];
    const hash = new RegExp(`^${cell?.id ?? ""} ([0-9a-f]{12}) code`, "m").exec(overview)?.[1];
    assert.ok(hash, overview);
    const before = cell?.run?.id;
    const input = { script: "agents.py", ids: [cell?.id], hashes: [hash] };
    assert.match(await callTool("run_cells", input), /\b42\b/);
    const [, second] = await waitForCells(document.uri, "the agent's run", (all) => all[1]?.run?.id !== before);
    assert.equal(second?.run?.agent, true);
    assert.deepEqual(agents.active.connected, [second?.run?.client]);
  });

  it("can do nothing once they are forbidden", async () => {
    const { agents } = await services();
    await vscode.commands.executeCommand("cellbridge.forbidAgents");
    await until("the end of the permission", () => agents.active.allowed !== true);
    await assert.rejects(
      callTool("overview", { script: "agents.py" }).then((text) => {
        throw new Error(text);
      }),
      /refused agents/,
    );
  });
});
