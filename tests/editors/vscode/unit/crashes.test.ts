import * as assert from "node:assert/strict";
import { Crashes } from "../../../../editor-extension/vscode/src/server/crashes";

describe("a server that has crashed", () => {
  it("is started anew, which is told once in a while", () => {
    const crashes = new Crashes();
    assert.match(crashes.happened(0).message, /started anew/);
    assert.deepEqual(crashes.happened(1000), { restart: true, message: "" });
    assert.match(crashes.happened(500_000).message, /started anew/);
  });

  it("is left to a person after four times in a short while", () => {
    const crashes = new Crashes();
    const verdicts = [0, 1000, 2000, 3000].map((now) => crashes.happened(now));
    assert.deepEqual(verdicts.map(({ restart }) => restart), [true, true, true, false]);
    assert.match(verdicts[3]?.message ?? "", /four times/);
  });
});
