import * as assert from "node:assert/strict";
import { explainFailure } from "../../../../editor-extension/vscode/src/server/installationErrors";

const SERVER = "the Cellbridge server";
const HEAD = `Could not install ${SERVER}:`;
const TAIL = "See the log for details.";

describe("a failed installation", () => {
  it("explains a Python without virtual environments", () => {
    const output =
      "The virtual environment was not created successfully because ensurepip is not\n" +
      "available.  On Debian/Ubuntu systems, you need to install the python3-venv\n" +
      "package using the following command.\n\nFailing command: /x/bin/python3\n";
    assert.match(explainFailure(SERVER, output, 1), /sudo apt install python3-venv/);
    assert.match(explainFailure(SERVER, "/usr/bin/python3: No module named venv", 1), /python3-venv/);
  });

  it("names the package index if a package is not found", () => {
    const output =
      "ERROR: Could not find a version that satisfies the requirement jedi>=0.19 (from versions: none)\n" +
      "ERROR: No matching distribution found for jedi>=0.19\n";
    const reason = "pip did not find jedi>=0.19. Check that its package index is reachable.";
    assert.equal(explainFailure(SERVER, output, 1), `${HEAD} ${reason} ${TAIL}`);
  });

  it("shows pip's last error otherwise", () => {
    const output = "Collecting a\nERROR: Could not install packages: no permission\nNOTE: more\n";
    assert.equal(explainFailure(SERVER, output, 1), `${HEAD} Could not install packages: no permission. ${TAIL}`);
  });

  it("explains a Python without pip, and names what was to be installed", () => {
    const message = explainFailure("Cellbridge's tools for agents", "/x/bin/python: No module named pip\n", 1);
    assert.match(message, /^Could not install Cellbridge's tools for agents: this Python has no pip\. Run “python -m ensurepip”/);
  });

  it("shows the exit status without any output", () => {
    assert.equal(explainFailure(SERVER, "", 3), `${HEAD} it exited with status 3. ${TAIL}`);
  });
});
