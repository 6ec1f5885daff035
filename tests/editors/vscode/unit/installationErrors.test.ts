import * as assert from "node:assert/strict";
import { explainFailure } from "../../../../editor-extension/vscode/src/server/installationErrors";

const HEAD = "The installation of the cellbridge server failed:";
const TAIL = "The log has all of it.";

describe("a failed installation", () => {
  it("tells what is missing of a Python without virtual environments", () => {
    const said =
      "The virtual environment was not created successfully because ensurepip is not\n" +
      "available.  On Debian/Ubuntu systems, you need to install the python3-venv\n" +
      "package using the following command.\n\nFailing command: /x/bin/python3\n";
    assert.match(explainFailure(said, 1), /sudo apt install python3-venv/);
    assert.match(explainFailure("/usr/bin/python3: No module named venv", 1), /python3-venv/);
  });

  it("asks about the index where a package is not found", () => {
    const said =
      "ERROR: Could not find a version that satisfies the requirement jedi>=0.19 (from versions: none)\n" +
      "ERROR: No matching distribution found for jedi>=0.19\n";
    const asked = "jedi>=0.19 was not found; is the package index that pip is set to within reach?";
    assert.equal(explainFailure(said, 1), `${HEAD} ${asked} ${TAIL}`);
  });

  it("gives pip's last error where it is another", () => {
    const said = "Collecting a\nERROR: Could not install packages: no permission\nNOTE: more\n";
    assert.equal(explainFailure(said, 1), `${HEAD} Could not install packages: no permission. ${TAIL}`);
  });

  it("gives the status where nothing was said", () => {
    assert.equal(explainFailure("", 3), `${HEAD} it ended with status 3. ${TAIL}`);
  });
});
