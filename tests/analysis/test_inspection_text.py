"""Kernels' descriptions as Markdown for a hover."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.analysis.inspection_text import fenced, live_markdown
from cellbridge.core.code_info import OBJECT


def check_live_markdown(plain: str, expect: str) -> None:
    shown = live_markdown({"text/plain": textwrap.dedent(plain).strip("\n")})
    assert shown == textwrap.dedent(expect).strip("\n")


def test_a_value_is_shown_with_its_type_but_without_the_manual_of_its_class() -> None:
    check_live_markdown(
        """
        \x1b[31mType:\x1b[39m        list
        \x1b[31mString form:\x1b[39m [1, 2]
        \x1b[31mLength:\x1b[39m      2
        \x1b[31mDocstring:\x1b[39m
        Built-in mutable sequence.
        """,
        """
        ```text
        [1, 2]
        ```

        *list* · length 2
        """,
    )


def test_a_callable_is_shown_with_signature_and_documentation() -> None:
    check_live_markdown(
        """
        Signature: acc.pay(amount: float = 1) -> float
        Docstring: Pay it.

        Type: this line is documentation
        File:      /tmp/a.py
        Type:      method
        """,
        """
        ```python
        acc.pay(amount: float = 1) -> float
        ```

        ```text
        Pay it.
        ```
        """,
    )


def test_a_module_is_shown_with_its_documentation() -> None:
    check_live_markdown(
        """
        Type:        module
        String form: <module 'json' from '/usr/lib/json.py'>
        Docstring:   Encode JSON.
        """,
        """
        ```text
        <module 'json' from '/usr/lib/json.py'>
        ```

        *module*

        ```text
        Encode JSON.
        ```
        """,
    )


def test_text_of_another_kernel_is_shown_as_it_is() -> None:
    check_live_markdown("mean(x)\n\nx: a vector", "```text\nmean(x)\n\nx: a vector\n```")


def test_markdown_of_a_kernel_is_taken_as_it_is() -> None:
    assert live_markdown({"text/markdown": "**mean**", "text/plain": "mean"}) == "**mean**"


def test_only_a_picture_is_written_into_the_text() -> None:
    facts = {"picture": 'x) <script src="y">', "kind": "value", "value": "1"}
    assert "script" not in live_markdown({OBJECT: facts}, pictures=True)


def test_nothing_is_nothing() -> None:
    assert live_markdown({}) == ""
    assert live_markdown({"text/plain": "  \n"}) == ""
    assert live_markdown({"text/plain": 5}) == ""


@given(st.text(alphabet="`a\n~", max_size=30))
def test_no_text_can_close_its_fence(text: str) -> None:
    opening, *_, closing = fenced(text, "text", 100).split("\n")
    assert opening == closing + "text"
    assert closing not in text


@given(st.text(max_size=200))
def test_no_description_raises(text: str) -> None:
    live_markdown({"text/plain": text})
    live_markdown({"text/plain": f"Type: {text}\nString form: {text}"})
