"""The JavaScript modules of widgets: which files are read, and which are not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cellbridge.session.errors import SessionError
from cellbridge.workspace import widget_modules
from cellbridge.workspace.widget_modules import data_folders, read_module


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the data folder of an environment with a few modules."""
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    data = tmp_path / "env" / "share" / "jupyter"
    write(data / "nbextensions" / "amd-one" / "index.js", "define([], 1)")
    write(data / "nbextensions" / "amd-one" / "part.js", "define([], 2)")
    manifest = {"version": "3.2", "jupyterlab": {"_build": {"load": "static/remoteEntry.1.js"}}}
    write(data / "labextensions" / "@org" / "lab" / "package.json", json.dumps(manifest))
    write(data / "labextensions" / "@org" / "lab" / "static" / "remoteEntry.1.js", "entry")
    write(data / "labextensions" / "@org" / "lab" / "static" / "8.js", "chunk")
    write(data / "labextensions" / "broken" / "package.json", "[" * 10_000)
    return data


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def python_of(data: Path) -> str:
    return str(data.parent.parent / "bin" / "python")


def test_both_kinds_of_modules_are_found(environment: Path) -> None:
    python = python_of(environment)
    amd = read_module("amd-one", "", python)
    assert (amd.format, amd.data, amd.mime) == ("amd", b"define([], 1)", "text/javascript")
    assert read_module("amd-one", "part.js", python).data == b"define([], 2)"
    lab = read_module("@org/lab", "", python)
    assert (lab.format, lab.data, lab.version) == ("federated", b"entry", "3.2")
    assert read_module("@org/lab", "static/8.js", python).data == b"chunk"


@pytest.mark.parametrize(
    "path",
    ["../amd-two/x.js", "/etc/passwd", "a/../../x", "a\0b", "..\\x", "link.js", "out/x.js", "pipe"],
)
def test_no_file_outside_the_module_is_read(environment: Path, path: str) -> None:
    folder = environment / "nbextensions" / "amd-one"
    secret = environment.parent / "secret" / "x.js"
    write(secret, "secret")
    (folder / "link.js").symlink_to(secret)
    (folder / "out").symlink_to(secret.parent)
    os.mkfifo(folder / "pipe")
    with pytest.raises(SessionError):
        read_module("amd-one", path, python_of(environment))


@pytest.mark.parametrize(
    "module", ["", "..", "../nbextensions/amd-one", "a/b/c", "broken", "x" * 999]
)
def test_other_names_are_not_modules(environment: Path, module: str) -> None:
    with pytest.raises(SessionError, match="is not installed"):
        read_module(module, "", python_of(environment))


def test_files_that_others_can_write_are_refused(environment: Path) -> None:
    (environment / "nbextensions" / "amd-one" / "index.js").chmod(0o666)
    with pytest.raises(SessionError, match="ignored because"):
        read_module("amd-one", "", python_of(environment))


def test_large_files_are_refused(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget_modules, "SIZE_LIMIT", 4)
    with pytest.raises(SessionError, match="that can be read"):
        read_module("amd-one", "", python_of(environment))


def test_the_user_s_own_folders_are_searched() -> None:
    given = {"JUPYTER_PATH": f"/a{os.pathsep}/b", "JUPYTER_DATA_DIR": "/own"}
    found = [str(folder) for folder in data_folders("/env/bin/python", given)]
    assert found[:4] == ["/a", "/b", "/env/share/jupyter", "/own"]
    assert "/data/jupyter" in map(str, data_folders("", {"XDG_DATA_HOME": "/data"}))
