"""The sources and outputs of removed cells as the text of a document.

Owns the text. It must not know how the text reaches the editor.
"""

from __future__ import annotations

from cellbridge.core.output.preview import plain_text
from cellbridge.workspace.notebook import Notebook

_OUTPUT_LIMIT = 20_000
"""The maximum number of characters per cell; `cellbridge outputs export` writes all of them."""


def removed_text(notebook: Notebook) -> str:
    """Return the source and outputs of each removed cell, the most recent first."""
    parts = [
        f"# %% removed, id {one.cell_id}\n{one.run.cell_source.rstrip()}\n\n"
        f"{_quoted(plain_text(one.outputs, _OUTPUT_LIMIT))}"
        for one in notebook.orphans()
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.split("\n")) if text else ""
