"""The code blocks of docs/editors, so that tests use the documented configurations.

Owns the parsing of these pages.
"""

from __future__ import annotations

import os
import re
import textwrap
from pathlib import Path

import pytest

from support.editor_programs import missing

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "editors"
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def block(page: str, language: str, mark: str = "") -> str:
    """Return the first block of code in ``language`` on a page that holds ``mark``."""
    text = (PAGES / page).read_text("utf-8")
    for _, found, code in FENCE.findall(text):
        if found == language and mark in code:
            return textwrap.dedent(code)
    raise AssertionError(f"{page} has no block of {language} with {mark!r}")


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip tests if an editor is missing; in CI that is a failure."""
    lacking = missing(*names)
    return pytest.mark.skipif(bool(lacking) and not os.environ.get("CI"), reason=lacking)
