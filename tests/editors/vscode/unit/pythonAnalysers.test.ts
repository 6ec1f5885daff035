import * as assert from "node:assert/strict";
import { activeAnalysers } from "../../../../editor-extension/vscode/src/pythonAnalysers";

function among(ids: string[], settings: Record<string, unknown> = {}): string[] {
  return activeAnalysers({ isInstalled: (id) => ids.includes(id), setting: (name) => settings[name] });
}

const PYTHON = "ms-python.python";
const PYLANCE = "ms-python.vscode-pylance";
const server = (name: string) => ({ "python.languageServer": name });

describe("other servers for Python", () => {
  it("are none where there is none, or one that checks and formats only", () => {
    assert.deepEqual(among([]), []);
    assert.deepEqual(among(["charliermarsh.ruff"]), []);
  });

  it("are found by their extensions", () => {
    for (const id of ["ms-pyright.pyright", "detachhead.basedpyright", "astral-sh.ty", "meta.pyrefly"]) {
      assert.deepEqual(among([id]), [id]);
    }
  });

  it("do not count where they are told to offer nothing", () => {
    assert.deepEqual(among(["astral-sh.ty"], { "ty.disableLanguageServices": true }), []);
    assert.deepEqual(among(["astral-sh.ty"], { "ty.disableLanguageServices": false }), ["astral-sh.ty"]);
  });

  it("are what the Python extension is set to start", () => {
    assert.deepEqual(among([PYTHON, PYLANCE]), [PYLANCE]);
    assert.deepEqual(among([PYTHON, PYLANCE], server("Pylance")), [PYLANCE]);
    assert.deepEqual(among([PYTHON, PYLANCE], server("Jedi")), [PYTHON]);
    assert.deepEqual(among([PYTHON, PYLANCE], server("None")), []);
    assert.deepEqual(among([PYTHON]), [PYTHON]);
    assert.deepEqual(among([PYTHON], server("Default")), [PYTHON]);
    assert.deepEqual(among([PYTHON], server("None")), []);
  });
});
