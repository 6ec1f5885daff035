import * as assert from "node:assert/strict";
import { checkAgentTools, checkInterpreter, parseAnswer } from "../../../../editor-extension/vscode/src/server/interpreterCheck";

describe("what a Python says of itself", () => {
  it("is read", () => {
    assert.deepEqual(parseAnswer("3.12.1 True\n"), { kind: "ready", version: "3.12.1" });
    assert.deepEqual(parseAnswer("3.11.0 False\n"), { kind: "bare", version: "3.11.0" });
    assert.deepEqual(parseAnswer("3.10.9 True\n"), { kind: "old", version: "3.10.9" });
  });

  it("is nothing where there is none", async () => {
    const found = await checkInterpreter("/nowhere/python");
    assert.equal(found.kind, "absent");
  });
});

describe("the packages for agents", () => {
  // A program in place of `cellbridge mcp`, which ends when its input does.
  const check = (ending: string) => checkAgentTools("sh", ["-c", `cat; echo 'Install it.' >&2; ${ending}`, "cellbridge"]);

  it("are missing if the server refuses to start without them, for its own reason", async () => {
    assert.equal(await check("exit 2"), "Install it.");
  });

  it("are not missing if it ends in another way, or does not start", async () => {
    assert.equal(await check("exit 0"), "");
    assert.equal(await check("exit 1"), "");
    assert.equal(await checkAgentTools("/nowhere/python", []), "");
  });
});
