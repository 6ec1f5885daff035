"""What is kept of cells that are gone, as the text of a document.

Owns that text. It must not know how it reaches the editor.
"""

from __future__ import annotations

from cellbridge.core.output.preview import plain_text
from cellbridge.workspace.notebook import Notebook

_OUTPUT_LIMIT = 20_000
"""Characters of one cell's output; `cellbridge outputs export` writes all of it."""


def removed_text(notebook: Notebook) -> str:
    """Return source and output of each cell that is gone, the latest first."""
    parts = [
        f"# %% removed, id {one.cell_id}\n{one.run.cell_source.rstrip()}\n\n"
        f"{_quoted(plain_text(one.outputs, _OUTPUT_LIMIT))}"
        for one in notebook.orphans()
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.split("\n")) if text else ""
