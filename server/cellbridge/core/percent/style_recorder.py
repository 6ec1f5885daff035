"""The recording of a script's style in its new notebook.

Owns: finding deviations from the usual style. `source_style` owns how they are stored.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from cellbridge.core.document.languages import Language
from cellbridge.core.percent import script
from cellbridge.core.percent.script import ParsedScript
from cellbridge.core.percent.source_style import SourceStyle, digest


def record_style(made: dict[str, Any], reading: ParsedScript) -> None:
    """Store a script's deviations from the usual style in its new notebook."""
    content = "".join([cell.slice for cell in reading.cells])
    language = reading.cells.language
    spelling = SourceStyle(_ending(content), _lead(reading, language))
    usual = script.write(made, language, spelling)
    shown = made["cells"][1:] if reading.front is not None else made["cells"]
    slices = usual.slices[1:] if reading.front is not None else usual.slices
    texts = {
        cell["id"]: piece.text
        for cell, piece, text in zip(shown, reading.pieces, slices, strict=True)
        if piece.text != text
    }
    head = reading.head if reading.head != usual.head else None
    if not texts and head is None:
        spelling.store_in(made["metadata"])
        return
    exact = SourceStyle(spelling.ending, spelling.lead, head, texts)
    exact.store_in(made["metadata"])
    if script.write(made, language).text != content:
        # Rare: cells that read otherwise on their own than next to one another.
        whole = SourceStyle(spelling.ending, spelling.lead, whole=(digest(usual.text), content))
        whole.store_in(made["metadata"])


def _ending(content: str) -> str:
    """Return the line ending that most lines have."""
    pairs = content.count("\r\n")
    found = {
        "\n": content.count("\n") - pairs,
        "\r\n": pairs,
        "\r": content.count("\r") - pairs,
    }
    return max(found, key=lambda ending: found[ending])


def _lead(reading: ParsedScript, language: Language) -> str | None:
    """Return what most markers begin with; None if it is the usual."""
    pattern = re.compile(rf"{re.escape(language.comment)}\s*%%(?=[%\s]|$)")
    found = Counter(
        match.group() for piece in reading.pieces if (match := pattern.match(piece.text))
    )
    lead = found.most_common(1)[0][0] if found else None
    return None if lead == f"{language.comment} %%" else lead
