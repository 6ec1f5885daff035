"""``cellbridge run --to``: the executed notebook."""

from __future__ import annotations

import json
import stat
import textwrap
from pathlib import Path
from typing import Any

import nbformat
import pytest

from support.command import cellbridge

SCRIPT = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # A title
#
# and *text*

# %% The first {"tags": ["x"], "collapsed": true}
# %time 1
import sys
print("out")
print("err", file=sys.stderr)
"value"

# %%
from IPython.display import HTML, display
display(HTML("<b>bold</b>"), metadata={"text/html": {"isolated": True}})
print("much " * 40_000)

# %% [raw]
# raw text

# %% fails
1 / 0

# %% was not run
2
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the notebook of the script above, one cell of which fails."""
    directory = tmp_path_factory.mktemp("keep")
    (directory / "script.py").write_text(SCRIPT)
    done = cellbridge("run", "script.py", "--to", "kept.ipynb", cwd=directory)
    assert done.code == 1
    notebook = nbformat.read(directory / "kept.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def test_format_and_kernel(kept: dict[str, Any]) -> None:
    assert (kept["nbformat"], kept["nbformat_minor"]) == (4, 5)
    assert kept["metadata"]["kernelspec"]["name"] == "python3"
    assert kept["metadata"]["kernelspec"]["language"] == "python"
    assert kept["metadata"]["language_info"]["name"] == "python"


def test_cells(kept: dict[str, Any]) -> None:
    assert [(cell["cell_type"], cell["source"]) for cell in kept["cells"]] == [
        ("markdown", "# A title\n\nand *text*"),
        ("code", '%time 1\nimport sys\nprint("out")\nprint("err", file=sys.stderr)\n"value"'),
        (
            "code",
            (
                "from IPython.display import HTML, display\n"
                'display(HTML("<b>bold</b>"), metadata={"text/html": {"isolated": True}})\n'
                'print("much " * 40_000)'
            ),
        ),
        ("raw", "raw text"),
        ("code", "1 / 0"),
        ("code", "2"),
    ]
    assert kept["cells"][1]["metadata"] == {"title": "The first", "tags": ["x"], "collapsed": True}
    ids = [cell["id"] for cell in kept["cells"]]
    assert len(set(ids)) == len(ids)


def test_counts(kept: dict[str, Any]) -> None:
    counts = [cell.get("execution_count") for cell in kept["cells"]]
    assert counts == [None, 1, 2, None, 3, None]


def test_outputs(kept: dict[str, Any]) -> None:
    first, second, failed, not_run = (
        cell["outputs"] for cell in kept["cells"] if cell["cell_type"] == "code"
    )
    assert [output["output_type"] for output in first] == ["stream", "stream", "execute_result"]
    assert first[0]["text"].endswith("out\n")
    assert first[1] == {"output_type": "stream", "name": "stderr", "text": "err\n"}
    assert first[2]["data"] == {"text/plain": "'value'"}
    assert first[2]["execution_count"] == 1
    assert second[0]["output_type"] == "display_data"
    assert second[0]["data"]["text/html"] == "<b>bold</b>"
    assert second[0]["metadata"] == {"text/html": {"isolated": True}}
    assert second[1]["text"] == "much " * 40_000 + "\n"
    assert failed[0]["output_type"] == "error"
    assert failed[0]["ename"] == "ZeroDivisionError"
    assert any("script.py:29" in line for line in failed[0]["traceback"])
    assert not_run == []


def test_a_file_that_is_there_is_replaced_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# %%\n1\n")
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.ipynb"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link.ipynb").symlink_to(real)
    assert cellbridge("run", "a.py", "--to", "link.ipynb", cwd=tmp_path).code == 0
    assert (tmp_path / "link.ipynb").is_symlink()
    assert json.loads(real.read_text())["nbformat"] == 4
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert list(real.parent.iterdir()) == [real]


def test_a_directory_that_goes_away_meanwhile(tmp_path: Path) -> None:
    target = tmp_path / "goes"
    target.mkdir()
    script = f"# %%\nimport shutil\nshutil.rmtree({str(target)!r})\nprint('x')\n"
    (tmp_path / "a.py").write_text(textwrap.dedent(script))
    done = cellbridge("run", "a.py", "--to", "goes/b.ipynb", cwd=tmp_path)
    assert done.code == 1
    assert done.out == "x\n"
    assert done.err == (
        "goes/b.ipynb could not be written: its directory does not exist; make it first.\n"
    )


def test_the_same_script_gives_the_same_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# %%\n1\n# %%\n1\n")
    for name in ("one.ipynb", "two.ipynb"):
        assert cellbridge("run", "a.py", "--to", name, cwd=tmp_path).code == 0
    assert (tmp_path / "one.ipynb").read_bytes() == (tmp_path / "two.ipynb").read_bytes()
