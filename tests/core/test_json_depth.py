"""The bound on the depth of JSON: exact for every JSON text, and safe for all that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core import json_depth
from cellbridge.core.output.output_reducer import bound_stored_output
from cellbridge.core.output.outputs import Display

TEXT = st.text('ab"\\[]{}', max_size=5)
JSON = st.recursive(
    st.none() | st.integers(0, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=20,
)


def depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return (not isinstance(value, int | str | None)) + max(map(depth, parts), default=0)


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = {"a": [], "b": value, "c": {}} if level % 2 else [value]
    return value


@given(JSON, st.integers(0, 6))
def test_the_depth_of_any_json_is_known(value: Any, levels: int) -> None:
    assert json_depth.too_deep(json.dumps(value).encode(), levels) == (depth(value) > levels)


@pytest.mark.parametrize("levels", [99, 100, 101, 102, 300])
def test_the_bound_is_exact(levels: int) -> None:
    text = json.dumps(nested(levels)).encode()
    assert json_depth.too_deep(text, 100) == (levels > 100)


@given(st.binary(max_size=60) | st.text('"\\[]{}, ', max_size=300).map(str.encode))
def test_no_text_is_too_odd(text: bytes) -> None:
    json_depth.too_deep(text, 3)
    json_depth.prune(text, top=1, levels=3)
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        json_depth.loads(text + b"}x")


@given(JSON, st.integers(1, 4), st.integers(1, 6))
def test_what_is_pruned_is_json_of_the_same_shape(value: Any, top: int, more: int) -> None:
    levels = top + more
    text = json.dumps(value).encode()
    left = json.loads(json_depth.prune(text, top=top, levels=levels))
    assert depth(left) <= levels
    assert (left == value) == (depth(value) <= levels)


@pytest.mark.parametrize("text", [b"[" * 200_000, b'{"a":' * 200_000, b"]" * 500, b"[}" * 500])
def test_what_is_no_json_is_refused_at_any_depth(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"nested deeper|Expecting"):
        json_depth.loads(text)
    assert json_depth.prune(text, top=2) == text


def test_what_was_stored_before_there_was_a_bound_is_shown_as_text() -> None:
    fine = Display({"application/json": nested(100), "text/plain": "x"}, {"a": nested(100)})
    assert bound_stored_output(fine) is fine
    for levels in (101, 5_000):
        output = bound_stored_output(
            Display({"application/json": nested(levels)}, {"a": nested(levels)})
        )
        assert isinstance(output, Display)
        assert output.data.keys() == {"text/plain"}
        assert json_depth.is_replacement_text(output.data["text/plain"])
        assert json_depth.is_replacement_text(output.metadata["a"])
