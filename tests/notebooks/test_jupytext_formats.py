"""jupytext's formats: what Cellbridge reads of them, and what jupytext reads of Cellbridge's."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from cellbridge.notebooks import cell_documents, file_conversion
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.sync import sync

Shape = tuple[str, str]


def with_header(extension: str, form: str, text: str, comment: str = "#") -> str:
    lines = ["---", "jupyter:", "  jupytext:", "    text_representation:"]
    lines += [f"      extension: .{extension}", f"      format_name: {form}", "---", ""]
    return "".join(f"{comment} {line}".rstrip() + "\n" for line in lines[:-1]) + "\n" + text


LIGHT = """# # A title
#
# Some text

import os

# a comment above code
x = 1

if x:

    y = 2

# + tags=["parameters"]
a = 1

b = 2
# -

# + [markdown]
# Text in a region

# + active="ipynb"
# %matplotlib inline
# -

def f(x):
    return x + 1


z = f(1)
"""
SPHINX = '''"""
The title
=========
"""

x = 1

###############################################################################
# Some text, with :math:`a = b`

print(x)
'''
HYDROGEN = "# %% [markdown]\n# # Title\n\n# %%\n%matplotlib inline\nx = 1\n\n# %%\n!ls\n"
R_LIGHT = (
    '# # Title\n\nlibrary(stats)\n\n# + name="plot"\nx <- c(1, 2)\n\ny <- x\n# -\n\nprint(y)\n'
)
R_SPIN = "#' A title\n#'\n#' Some text\n\nx <- 1\n\n#+ plot, fig.width=5\nplot(x)\n"
SCRIPTS: dict[str, Shape] = {
    "light": ("py", LIGHT),
    "bare": ("py", "# # Title\n\nx = 1\n\n\n# text\n\ny = 2\n"),
    "nomarker": ("py", "# # Title\n\nx = 1\n\n# text\n\ny = 2\n"),
    "hydrogen": ("py", HYDROGEN),
    "sphinx": ("py", SPHINX),
    "R light": ("R", R_LIGHT),
    "R spin": ("R", R_SPIN),
    "Julia light": (
        "jl",
        "# # Title\n\nusing Test\n\nx = [1\n    2]\n\n# text\n\nfunction f()\n\n    1\nend\n",
    ),
}
MARKDOWN = "# Title\n\nSome text\n\n```python\nx = 1\n```\n\n<!-- #raw -->\nraw\n<!-- #endraw -->\n"
MYST = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Title

```{code-cell} ipython3
:tags: [a]

x = 1
```

+++

more
"""
DOCUMENTS: dict[str, Shape] = {
    "markdown": ("md", MARKDOWN),
    "markdown of R": ("md", "Text\n\n```R\nx <- 1\n```\n"),
    "rmarkdown": ("Rmd", "---\ntitle: A\n---\n\nText\n\n```{r plot, echo=FALSE}\nplot(1)\n```\n"),
    "myst": ("md", MYST),
}
PERCENT: dict[str, Shape] = {
    "plain": ("py", "# %% [markdown]\n# # Title\n\n# %%\nx = 1\n\n# %% [raw]\n# raw\n"),
    "titles": ("py", '# %% A title [markdown] tags=["a"]\n# text\n\n# %%% Deeper k="v"\nx = 1\n'),
    "JSON": ("py", '# %% [markdown] {"a": {"b": [1]}}\n# text\n\n# %% {"c": null}\nx = 1\n'),
    "quoted": ("py", '# %% [markdown]\n"""\n# Title\ntext\n"""\n\n# %%\nx = 1\n'),
    "magics": ("py", '# %%\n# %time x = 1\n# !ls\n\n# %% language="bash"\n# ls\n'),
    "prologue": ("py", "#!/usr/bin/env python\n# coding: utf-8\n# %%\nx = 1\n"),
    "inactive": ("py", '# %% active="py"\nx = 1\n\n# %% active="ipynb"\n# y = 2\n'),
    "docstrings": ("py", '"""Module."""\n\n# %%\ndef f():\n    """Doc.\n\n    # %% not\n    """\n'),
    "R": ("R", "# %% [markdown]\n# # Title\n\n# %%\nx <- 'a'\n\n# %% tags=[\"b\"]\nprint(x)\n"),
    "Julia": ("jl", '# %% [markdown]\n# text\n\n# %%\ns = """\n# %% not\n"""\n\n# %%\nx = 1\n'),
    "C++": ("cpp", "// %% [markdown]\n// # Title\n\n// %%\nint x = 1;\n"),
    "Wolfram": ("wolfram", "(* %% [markdown] *)\n(* text *)\n\n(* %% *)\nx = 1\n"),
}


def content(cells: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return types, sources and metadata, without those that are spelling."""
    spelling = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", "region_name"}
    return [
        (
            cell["cell_type"],
            "".join(cell["source"]),
            {key: cell["metadata"][key] for key in cell["metadata"] if key not in spelling},
        )
        for cell in cells
    ]


def check_shape(folder: Path, name: str, text: str, form: str) -> None:
    """Compare the cells with jupytext's, and how it reads the percent script made of them."""
    source, notebook = folder / f"a.{name}", folder / "a.ipynb"
    source.write_text(text)
    file_conversion.convert_file(source, notebook)
    made = json.loads(notebook.read_bytes())
    nbformat.validate(made)
    renamed = [given.replace("bare", "nomarker") for given in (text, form)]
    theirs = jupytext.reads(renamed[0], fmt=renamed[1]).cells
    assert content(made["cells"]) == content(theirs)
    extension = name if name not in {"md", "Rmd"} else "py"
    script = folder / f"percent.{extension}"
    file_conversion.convert_file(notebook, script)
    read = jupytext.reads(script.read_text(), fmt=f"{extension}:percent")
    assert content(read.cells) == content(made["cells"])


@pytest.mark.parametrize(("name", "shape"), SCRIPTS.items(), ids=SCRIPTS)
def test_scripts_are_read_by_their_header(tmp_path: Path, name: str, shape: Shape) -> None:
    extension, text = shape
    form = name.rpartition(" ")[2]
    check_shape(tmp_path, extension, with_header(extension, form, text), f"{extension}:{form}")


@pytest.mark.parametrize("shape", DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_are_read(tmp_path: Path, shape: Shape) -> None:
    extension, text = shape
    form = "md:myst" if "code-cell" in text else extension
    check_shape(tmp_path, extension, text, form)


@pytest.mark.parametrize("shape", PERCENT.values(), ids=PERCENT)
def test_percent_scripts_are_read_alike(tmp_path: Path, shape: Shape) -> None:
    extension, text = shape
    check_shape(tmp_path, extension, text, f"{extension}:percent")


@pytest.mark.parametrize("name", sorted({name.rpartition(" ")[2] for name in SCRIPTS}))
def test_without_jupytext_a_format_is_refused_by_its_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    script = tmp_path / "a.py"
    script.write_text(with_header("py", name, "x = 1\n"))
    with pytest.raises(FileError, match=rf"a.py is in jupytext's {name} format.*pip install"):
        file_conversion.convert_file(script, tmp_path / "a.ipynb")


def test_a_script_in_another_format_is_never_one_cell(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text(with_header("py", "light", LIGHT))
    with pytest.raises(FileError, match="jupytext's light format"):
        sync(script)
    with pytest.raises(FileError, match="jupytext's light format"):
        cell_documents.open_document(script.read_bytes(), "a.py")


# --- Where we differ ------------------------------------------------------------------------------


def test_blank_lines_below_the_encoding_are_no_cell(tmp_path: Path) -> None:
    text = "# coding: utf-8\n\n# %%\nx = 1\n"
    assert content(jupytext.reads(text, fmt="py:percent").cells)[0] == ("code", "", {})
    (tmp_path / "a.py").write_text(text)
    file_conversion.convert_file(tmp_path / "a.py", tmp_path / "a.ipynb")
    assert content(json.loads((tmp_path / "a.ipynb").read_bytes())["cells"]) == [
        ("code", "x = 1", {})
    ]


def test_prose_behind_an_equals_sign_is_a_title(tmp_path: Path) -> None:
    text = "# %% Fit, n=100 samples\nx = 1\n"
    theirs = content(jupytext.reads(text, fmt="py:percent").cells)
    assert theirs == [("code", "x = 1", {"title": "Fit,", "n": 100, "samples": None})]
    (tmp_path / "a.py").write_text(text)
    file_conversion.convert_file(tmp_path / "a.py", tmp_path / "a.ipynb")
    assert content(json.loads((tmp_path / "a.ipynb").read_bytes())["cells"]) == [
        ("code", "x = 1", {"title": "Fit, n=100 samples"})
    ]
