"""The header: what is read of it, and that nothing in it can fail."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.document.cells import CellKind, parse
from cellbridge.core.document.header import Header, header_of
from cellbridge.core.document.languages import PYTHON, language_of
from cellbridge.core.document.text import Text
from support.any_text import many

JUPYTEXT = """#!/usr/bin/env python
# -*- coding: utf-8 -*-
# ---
# title: 'It''s a title'
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: "Python 3 (x: y)"  # a comment
#     language: python
#     name: my-env
# ---

import os
"""


def test_a_header_as_jupytext_writes_it() -> None:
    header = header_of(Text.of(JUPYTEXT).lines, PYTHON)
    assert header.kernel_name == "my-env"
    assert header.language == "python"
    assert header.format_name == "percent"
    assert header.line_count == 14
    assert header.values["title"] == "It's a title"
    assert header_of(parse(Text.of(JUPYTEXT), PYTHON)[0].lines, PYTHON) == header


def test_a_header_in_another_comment() -> None:
    text = Text.of("// ---\n// jupyter:\n//   kernelspec:\n//     name: deno\n// ---\n")
    assert header_of(text.lines, language_of("a.ts")).kernel_name == "deno"
    assert header_of(text.lines, PYTHON) == Header()


def test_what_is_no_header() -> None:
    for content in ("", "x = 1\n", "# ---\n# a: b\nx\n# ---\n", "# ---\n", "# %%\n# ---\n# ---\n"):
        assert header_of(Text.of(content).lines, PYTHON).kernel_name is None


def test_a_cell_that_is_only_a_header_is_raw() -> None:
    for preamble, kind in [
        ("# ---\n# a: b\n# ---\n\n", CellKind.RAW),
        ("#!/bin/sh\n", CellKind.RAW),
        ("# -*- coding: utf-8 -*-\n", CellKind.RAW),
        ("# ---\n# a: b\n# ---\nx\n", CellKind.CODE),
        ("# /// script\n# dependencies = []\n# ///\n", CellKind.CODE),
        ("\n", CellKind.CODE),
    ]:
        assert parse(Text.of(preamble + "# %%\n"), PYTHON)[0].kind is kind


@many
@given(st.text(st.sampled_from("# -:\n'\"ajupyterkernelspec"), max_size=80))
def test_no_header_fails(content: str) -> None:
    assert header_of(Text.of("# ---\n" + content).lines, PYTHON).line_count >= 0
