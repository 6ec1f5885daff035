"""The table of what works in which editor is the one that the tests' marks make.

WRITE=1 python -m pytest tests/editors/test_table.py     write it
"""

from __future__ import annotations

import os

import pytest

from support.editor_pages import PAGES
from support.editor_table import FEATURES, TESTED, render_page, shown_features, shows

PAGE = PAGES / "README.md"


def test_the_page_is_what_the_tests_show() -> None:
    if os.environ.get("WRITE"):
        PAGE.write_text(render_page(), "utf-8")
    assert PAGE.read_text("utf-8") == render_page(), "run this with WRITE=1"


def test_every_feature_is_shown_somewhere() -> None:
    seen = {
        one
        for _, *modules in TESTED.values()
        for module in modules
        for one in shown_features(module)
    }
    assert seen == FEATURES.keys()


def test_a_mark_of_no_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="no such features"):
        shows("coffee")
