"""Lines, columns and paths in the form that a client has chosen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.dap.positions import Positions, path_of_uri

ZERO = Positions(0, 0, uris=True)
OURS: dict[str, Any] = {
    "source": {"path": "/a b/c.py", "name": "c.py"},
    "lines": [3, 1],
    "breakpoints": [{"line": 3, "column": 1, "condition": "line == 3"}],
    "stackFrames": [{"id": 7, "line": 0, "column": 0, "source": {"path": "/é.py"}}],
    "variables": [{"name": "line", "value": "5", "variablesReference": 5}],
    "data": {"line": 9},
}
THEIRS: dict[str, Any] = {
    "source": {"path": "file:///a%20b/c.py", "name": "c.py"},
    "lines": [2, 0],
    "breakpoints": [{"line": 2, "column": 0, "condition": "line == 3"}],
    "stackFrames": [{"id": 7, "line": 0, "column": 0, "source": {"path": "file:///%C3%A9.py"}}],
    "variables": [{"name": "line", "value": "5", "variablesReference": 5}],
    "data": {"line": 9},
}


def test_a_client_may_count_from_zero_and_use_uris() -> None:
    assert ZERO.to_client(OURS) == THEIRS
    back = ZERO.from_client(THEIRS)
    assert {**back, "stackFrames": 0} == {**OURS, "stackFrames": 0}
    assert back["stackFrames"][0] == {**OURS["stackFrames"][0], "line": 1, "column": 1}


def test_other_clients_get_messages_as_they_are() -> None:
    assert Positions().to_client(OURS) is OURS


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        ({}, Positions()),
        ({"linesStartAt1": True, "columnsStartAt1": True, "pathFormat": "path"}, Positions()),
        ({"linesStartAt1": False}, Positions(0, 1)),
        ({"columnsStartAt1": False, "pathFormat": "uri"}, Positions(1, 0, uris=True)),
        ({"linesStartAt1": "no", "pathFormat": 3}, Positions()),
    ],
)
def test_the_form_is_chosen_at_the_start(arguments: dict[str, Any], form: Positions) -> None:
    assert Positions.of(arguments) == form


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["line", "source", "sources", "path", "lines"]), inner
            )
        ),
    )
)
def test_any_content_is_converted(content: Any) -> None:
    ZERO.to_client(ZERO.from_client({"body": content}))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/a.py", "/a.py"),
        ("file:///a%20b.py", "/a b.py"),
        ("a.py", "a.py"),
        ("", ""),
        ("file://[", "file://["),
    ],
)
def test_a_uri_is_a_path(given: str, path: str) -> None:
    assert path_of_uri(given) == path
