"""Ninety-nine notebooks of one or two cells, each with something that conversion tends to break.

Each goes to a script and back three ways: next to its notebook, where everything must come back; as
files, through the sidecar; and as text alone, where type and text of each cell must come back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cellbridge.notebooks import file_conversion
from support.percent import to_notebook, to_script

Cell = dict[str, Any]


def code(source: str, **metadata: Any) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": 3,
        "metadata": metadata,
        "outputs": [{"name": "stdout", "output_type": "stream", "text": ["out\n"]}],
        "source": source,
    }


def text(source: str, **metadata: Any) -> Cell:
    return {"cell_type": "markdown", "metadata": metadata, "source": source}


def raw(source: str, **metadata: Any) -> Cell:
    return {"cell_type": "raw", "metadata": metadata, "source": source}


AFTER = code("after = 1")
PICTURE = {"a.png": {"image/png": "iVBORw0KGgo="}}

MARKER_LIKE = [
    code(source)
    for source in (
        "# %%", "x = 1\n# %% b\ny = 2", "#%%", "#%% b", "# In[3]:", "# In[ ]:\nx", "# <codecell>",
        "if x:\n    # %% b\n    y", "%%writefile a.py\n# %% one\nx = 1\n# %% two\ny = 2",
        "# %%%% deep", "# %% [markdown]\n# text", "# COMMAND ----------",
        "# \\%% escaped already", "s = '''\n# %% in a string\n'''",
    )
] + [
    text(source)
    for source in ("%%", "%% b", "In[3]:", "<codecell>", "a\n%% [markdown]\nb", "\\%% b")
]  # fmt: skip
RUNNING_ON = [
    code(source)
    for source in (
        "x = '''",
        'x = """',
        "x = '''a\\''' b'''",
        "x = f'''{",
        "'''\n# %% b",
        'r"""\\"""',
        "x = 'a\\\n# %% b'",
        "x = (\n# %% b\n",
        "print('it''s')",
        "# don't\nx = 1",
        "'''a'''  '''",
    )
] + [text("```\nopen fence"), text("~~~\n%% in a fence\n~~~"), text("```python\n# %%\n```")]
CHARACTERS = [
    code(f"x = 'a{character}b'")
    for character in ("\u2028", "\u2029", "\x85", "\x0c", "\x0b", "\x1c", "\x1d", "\x1e", "\r")
] + [code("x = 'a\r\nb'"), code("é = '\U0001f600'"), text("a\u2028b"), raw("a\x0cb")]
BLANKS = [
    code(source) for source in ("", "\n", "x\n", "x\n\n", "x\n\n\n", "\nx", "\n\nx", "x\n  ")
] + [text(""), text("a\n"), text("a\n\n"), raw("a\n")]
MAGICS = [
    code(source)
    for source in (
        "%%python\nx = 1", "%%bash\nls", "%%html\n<b>'''</b>", "%%time\nf()", "%time f()",
        "files = !ls", "df?", "np.sum?", "?np", "# %time f()", "# # %time f()", "#!%time f()",
        "!ls \\\n  -l", "ls -l", "%%R -i x\nplot(x)",
    )
]  # fmt: skip
PROSE = [
    code(source)
    for source in (
        "# cd into the folder", "# ls is a command", "# echo of past", "# ! Important", "# ?why",
        "# really?", "# %d formats an int",
    )
]  # fmt: skip
METADATA = [
    code("x", title="[markdown]"), code("x", title="%x"), code("x", title="a=b"),
    code("x", title="{a}"), code("x", title="md"), code("x", **{"my key": 1}),
    code("x", tags=[]), code("x", collapsed=True, scrolled=False), code("x", note="a\nb"),
    code("x", a={"b": [1, None]}), code("x", cell_depth=1), text("a", title="[raw]"),
    text("a", cell_marker='"""'), {**text("![](attachment:a.png)"), "attachments": PICTURE},
]  # fmt: skip
TEXT = [
    text('"""doc"""'), raw("'''raw'''"), code('"""doc"""'), raw("---\na: 1\n---"),
]  # fmt: skip
HARD = [*MARKER_LIKE, *RUNNING_ON, *CHARACTERS, *BLANKS, *MAGICS, *PROSE, *METADATA, *TEXT]


def notebook(cell: Cell) -> dict[str, Any]:
    cells = [{**cell, "id": "first"}, {**AFTER, "id": "second"}]
    return {"cells": cells, "metadata": {"a": 1}, "nbformat": 4, "nbformat_minor": 5}


def test_there_are_ninety_nine() -> None:
    assert len(HARD) == 99
    assert len({json.dumps(cell) for cell in HARD}) == 99


@pytest.mark.parametrize("cell", HARD, ids=range(99))
def test_beside_its_notebook_everything_comes_back(cell: Cell) -> None:
    assert to_notebook(to_script(notebook(cell)), notebook(cell)) == notebook(cell)


@pytest.mark.parametrize("cell", HARD, ids=range(99))
def test_as_files_everything_comes_back(cell: Cell, tmp_path: Path) -> None:
    there, script, back = (tmp_path / name for name in ("a.ipynb", "b.py", "c.ipynb"))
    there.write_text(json.dumps(notebook(cell), indent=1) + "\n", "utf-8")
    file_conversion.convert_file(there, script)
    file_conversion.convert_file(script, back)
    assert back.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("cell", HARD, ids=range(99))
def test_text_alone_brings_back_type_and_text(cell: Cell) -> None:
    back = to_notebook(to_script(notebook(cell)))["cells"]
    assert [one["cell_type"] for one in back] == [cell["cell_type"], "code"]
    assert [one["source"] for one in back] == [cell["source"], "after = 1"]
