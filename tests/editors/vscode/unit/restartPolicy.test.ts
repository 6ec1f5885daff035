import * as assert from "node:assert/strict";
import { RestartPolicy } from "../../../../editor-extension/vscode/src/server/restartPolicy";

describe("a server that has crashed", () => {
  it("is restarted, with one message in a while", () => {
    const policy = new RestartPolicy();
    assert.match(policy.recordCrash(0).message, /was restarted/);
    assert.deepEqual(policy.recordCrash(1000), { restart: true, message: "" });
    assert.match(policy.recordCrash(500_000).message, /was restarted/);
  });

  it("is not restarted after four crashes in a short while", () => {
    const policy = new RestartPolicy();
    const decisions = [0, 1000, 2000, 3000].map((now) => policy.recordCrash(now));
    assert.deepEqual(decisions.map(({ restart }) => restart), [true, true, true, false]);
    assert.match(decisions[3]?.message ?? "", /four times/);
  });
});
