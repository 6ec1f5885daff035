"""The cells of a percent script as jupytext and as Cellbridge read them.

Owns the common form of both. Magics stay as they are, since the two differ there on purpose
(tests/core/test_magics.py names the cases); the header, which jupytext removes and Cellbridge
keeps as a part of the first cell, is left out on both sides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import jupytext

from cellbridge.core.document.cells import Cell, CellKind, parse
from cellbridge.core.document.header import header_lines
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text

_THEIR_OWN = frozenset(
    {"lines_to_next_cell", "cell_marker", "region_name", "title", "cell_depth", "cell_type"}
)


@dataclass(frozen=True)
class CellSummary:
    """A cell as either of the two reads it."""

    kind: str
    title: str
    depth: int
    metadata: Mapping[str, Any]
    text: str
    """Without blank lines at its end."""


def cellbridge_cells(content: str, extension: str = "py") -> list[CellSummary]:
    """Return Cellbridge's cells; a first one that contains only the header is left out."""
    cells = parse(Text.of(content), language_of(f"script.{extension}"))
    skipped = _preamble(cells[0])
    seen = [_seen(cell, skipped if number == 0 else 0) for number, cell in enumerate(cells)]
    if not cells[0].has_marker and not "".join(cells[0].lines[skipped:]).strip():
        del seen[0]
    return seen


def jupytext_cells(content: str, extension: str = "py") -> list[CellSummary]:
    """Return jupytext's cells."""
    form = {"extension": f".{extension}", "format_name": "percent", "comment_magics": False}
    notebook = jupytext.reads(content, fmt=form)
    return [
        CellSummary(
            cell.cell_type,
            cell.metadata.get("title", ""),
            cell.metadata.get("cell_depth", 0),
            {key: cell.metadata[key] for key in cell.metadata if key not in _THEIR_OWN},
            _bare(cell.source),
        )
        for cell in notebook.cells
        if cell.source or cell.metadata or len(notebook.cells) > 1
    ]


def _preamble(cell: Cell) -> int:
    """Count the lines jupytext keeps for itself: the header, or ``#!`` and the encoding."""
    if cell.has_marker:
        return 0
    count = header_lines(cell.lines, cell.language)
    if not count:
        count += cell.lines[0].startswith("#!")
        count += count < len(cell.lines) and "coding:" in cell.lines[count]
    return count


def _seen(cell: Cell, skipped: int) -> CellSummary:
    text = cell.source if cell.kind is not CellKind.CODE else "\n".join(cell.body_lines[skipped:])
    return CellSummary(cell.kind.value, cell.title, cell.depth, dict(cell.metadata), _bare(text))


def _bare(text: str) -> str:
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        del lines[0]
    return "\n".join(line.rstrip("\r") for line in lines)


def real_scripts(limit: int) -> Iterator[Path]:
    """Find percent scripts in the packages that happen to be installed, in a fixed order."""
    found: set[Path] = set()
    for package in distributions():
        for file in package.files or ():
            if file.suffix == ".py":
                path = Path(str(package.locate_file(file)))
                if path.is_file() and b"%%" in path.read_bytes():
                    found.add(path)
    yield from sorted(found)[:limit]


# --- Generated scripts ----------------------------------------------------------------------------

_TITLES = ("", "", "Load the data", "Été 😀", "50 % of it", "a, b & c", "Step 3: fit", "x-y", "%")
_TYPES = ("", "", "", "[markdown]", "[md]", "[raw]")
_METADATA = (
    "",
    "",
    "",
    'tags=["parameters"]',
    'name="value" other=3',
    "flag=true nothing=null",
    "note='single quotes'",
    "pair=(1, 2)",
    'deep={"a": {"b": [1, 2.5]}}',
    '{"tags": ["a", "b"], "n": 1}',
    "{'python': 'dict'}",
    'slideshow={"slide_type": "slide"} collapsed=true',
    '.class #id k="v"',
    "a.b/c@d-e=1",
)
_MARKERS = ("# %%", "#%%", "#  %%", "#\t%%", "    # %%", "# %%%", "# %%%%")
_OTHER_MARKERS = ("# In[ ]:", "# In[12]:", "# <codecell>", "#In[3]", "# %%   ", "# %%% ")
_CODE = (
    "x = 1",
    "print('a # b')  # it's",
    's = """text\n# %% inside\nend"""',
    "t = '''\n# In[1]:\n'''",
    'def f(a):\n    """Doc string."""\n    return a',
    'def g():\n    """Doc\n\n    # %% in a docstring\n    """\n    return "x"',
    "class A:\n    '''It's \"quoted\".'''\n\n    y = 2",
    "for k in range(3):\n    print(k)\n\n\nprint(k)",
    "# a comment\n# %%time\n# %%title",
    "a = [\n    1,\n    2,\n]",
    'u = r"\\" + \'\\\'\' + "\\""',
    'v = f"{x!r:>{10}} {x}"',
    'w = (  # """ not a string\n    1)',
    "if x:\n    pass\n# # heading-like\n#no space",
    "",
)
_TEXT = (
    "# # Title\n# Some *text*.",
    "# Text\n#\n# more text",
    '"""\n# Title\nSome text\n"""',
    "'''Text'''",
    'r"""\n$\\alpha$\n"""',
    '"""Text on the\nsame lines"""',
    "# ```\n# %% in a fence\n# ```",
    "# ~~~mermaid\n# %% a\n# %% b\n# ~~~\n# after",
    "#no space\n#  two spaces\nbare text",
    "# don't",
)
_KERNELSPEC = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

"""
_HEADERS = (
    "",
    "",
    _KERNELSPEC,
    "#!/usr/bin/env python\n",
    "# -*- coding: utf-8 -*-\n",
    "import os\n\n",
    '"""Module docstring.\n\n# %% no marker\n"""\n\n',
    "# /// script\n# dependencies = []\n# ///\n\n",
)


def generated_script(seed: int) -> str:
    """Return a script that uses the format's corners, the same for the same seed."""
    choose = random.Random(seed)
    parts = [choose.choice(_HEADERS)]
    for _ in range(choose.randrange(1, 9)):
        marker, kind = _marker(choose)
        bodies = _TEXT if kind else _CODE
        gap = "\n" * choose.choice([1, 1, 2, 2, 3, 4])
        body = choose.choice(bodies)
        if not kind and choose.random() < 0.3:
            body += "\n" * choose.choice([1, 2, 3]) + choose.choice(bodies)
        parts.append(f"{marker}\n{body}{gap}")
    content = "".join(parts)
    return content.rstrip("\n") if choose.random() < 0.2 else content


def _marker(choose: random.Random) -> tuple[str, str]:
    if choose.random() < 0.12:
        return choose.choice(_OTHER_MARKERS), ""
    lead, title = choose.choice(_MARKERS), choose.choice(_TITLES)
    kind, metadata = choose.choice(_TYPES), choose.choice(_METADATA)
    options = [word for word in (title, kind, metadata) if word]
    if not options:
        return (lead, "") if not lead.endswith("%%%") else (f"{lead} t", "")
    return " ".join([lead, *options]), kind
