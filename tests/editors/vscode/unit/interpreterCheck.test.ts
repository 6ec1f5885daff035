import * as assert from "node:assert/strict";
import { checkInterpreter, parseAnswer } from "../../../../editor-extension/vscode/src/server/interpreterCheck";

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
