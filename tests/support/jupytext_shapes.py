"""Texts in each of jupytext's formats, in the shapes of its own tests.

Owns the texts. It must not convert them.
"""

from __future__ import annotations

from typing import Any

Shape = tuple[str, str]


def with_header(extension: str, form: str, text: str) -> str:
    comment = "#'" if form == "spin" else "#"
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
