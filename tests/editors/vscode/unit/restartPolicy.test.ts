import * as assert from "node:assert/strict";
import { RestartPolicy } from "../../../../editor-extension/vscode/src/server/restartPolicy";

describe("a server that has crashed", () => {
  it("is started anew, which is told once in a while", () => {
    const crashes = new RestartPolicy();
    assert.match(crashes.recordCrash(0).message, /started anew/);
    assert.deepEqual(crashes.recordCrash(1000), { restart: true, message: "" });
    assert.match(crashes.recordCrash(500_000).message, /started anew/);
  });

  it("is left to a person after four times in a short while", () => {
    const crashes = new RestartPolicy();
    const verdicts = [0, 1000, 2000, 3000].map((now) => crashes.recordCrash(now));
    assert.deepEqual(verdicts.map(({ restart }) => restart), [true, true, true, false]);
    assert.match(verdicts[3]?.message ?? "", /four times/);
  });
});
