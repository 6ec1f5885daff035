"""Invalid arguments and files: one sentence, and nothing is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.command import cellbridge


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    def write(directory: Path) -> None:
        (directory / name).write_bytes(content)

    return write


def _nothing(_directory: Path) -> None:
    """Leave the directory empty."""


GOOD = _write("a.py", b"# %%\nprint('ran')\n")

TABLE: list[tuple[str, Callable[[Path], None], list[str], str]] = [
    ("missing", _nothing, ["a.py"], "a.py does not exist; check the path."),
    ("directory", _nothing, ["."], ". is a directory; name one of the scripts in it."),
    (
        "not UTF-8",
        _write("a.py", b"x = '\xe4'\n"),
        ["a.py"],
        "a.py is not UTF-8 (byte 5 is 0xe4); save it as UTF-8.",
    ),
    (
        "NUL",
        _write("a.py", b"x = 1\ny = '\0'\n"),
        ["a.py"],
        "a.py holds a NUL byte on line 2, so it is not a script.",
    ),
    (
        "notebook",
        _write("a.ipynb", b"{}"),
        ["a.ipynb"],
        "a.ipynb is not a notebook: it is JSON without a number nbformat.",
    ),
    (
        "no notebook's name",
        GOOD,
        ["a.py", "--to", "b.py"],
        "--to writes a notebook, or a report: its name must end in .ipynb or .html, not b.py.",
    ),
    (
        "target in a missing directory",
        GOOD,
        ["a.py", "--to", "gone/b.ipynb"],
        "/gone does not exist; create it first.",
    ),
    (
        "unknown kernel",
        GOOD,
        ["a.py", "--kernel", "nope"],
        "The kernel nope is not registered on this machine",
    ),
    (
        "unknown kernel in the header",
        _write("a.py", b"# ---\n# jupyter:\n#   kernelspec:\n#     name: nope\n# ---\n# %%\n1\n"),
        ["a.py"],
        "The kernel nope is not registered on this machine",
    ),
]


@pytest.mark.parametrize(
    ("prepare", "arguments", "sentence"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_run(
    tmp_path: Path, prepare: Callable[[Path], None], arguments: list[str], sentence: str
) -> None:
    prepare(tmp_path)
    done = cellbridge("run", *arguments, cwd=tmp_path)
    assert done.code == 2
    assert sentence in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


@pytest.mark.parametrize(
    ("prepare", "arguments", "sentence"),
    [row[1:] for row in TABLE[:4]],
    ids=[row[0] for row in TABLE[:4]],
)
def test_tour(
    tmp_path: Path, prepare: Callable[[Path], None], arguments: list[str], sentence: str
) -> None:
    prepare(tmp_path)
    done = cellbridge("tour", *arguments, cwd=tmp_path)
    assert (done.code, done.err) == (2, sentence + "\n")


def test_tour_of_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    done = cellbridge("tour", "a.ipynb", cwd=tmp_path)
    sentence = "a.ipynb is a notebook file; use a script with # %% cells.\n"
    assert (done.code, done.err) == (2, sentence)


def test_target_is_a_directory(tmp_path: Path) -> None:
    GOOD(tmp_path)
    (tmp_path / "b.ipynb").mkdir()
    done = cellbridge("run", "a.py", "--to", "b.ipynb", cwd=tmp_path)
    assert done.code == 2
    assert done.err == "--to must be the name of a file, and b.ipynb is a directory.\n"


def test_a_kernel_whose_interpreter_is_gone(tmp_path: Path, kernelspecs: Path) -> None:
    GOOD(tmp_path)
    spec = kernelspecs / "gone"
    spec.mkdir(parents=True, exist_ok=True)
    (spec / "kernel.json").write_text(
        '{"argv": ["/no/such/python", "-f", "{connection_file}"],'
        ' "display_name": "Gone", "language": "python"}'
    )
    done = cellbridge("run", "a.py", "--kernel", "gone", cwd=tmp_path)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "/no/such/python" in done.err
