"""Arguments of debug clients: what is passed on is known and has the right types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.debug.request_arguments import InvalidArgumentsError, checked_arguments

COMMANDS = (
    "setBreakpoints", "setFunctionBreakpoints", "setExceptionBreakpoints", "gotoTargets", "goto",
    "continue", "next", "pause", "stackTrace", "scopes", "variables", "setVariable", "evaluate",
    "completions", "modules", "source", "threads", "unknown",
)  # fmt: skip
KEYS = st.sampled_from(
    ["threadId", "frameId", "variablesReference", "source", "breakpoints", "filters", "line", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@given(command=st.sampled_from(COMMANDS), arguments=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_arguments_are_checked_or_refused(command: str, arguments: dict[str, Any]) -> None:
    try:
        found = checked_arguments(command, arguments)
    except InvalidArgumentsError:
        return
    assert found.keys() <= arguments.keys()
    assert None not in found.values()
    assert checked_arguments(command, found) == found


@pytest.mark.parametrize(
    ("command", "given", "passed"),
    [
        ("next", {"threadId": 1, "granularity": "line", "targetId": None}, {"threadId": 1}),
        (
            "setBreakpoints",
            {
                "source": {"path": "/s.py", "adapterData": 1},
                "breakpoints": [{"line": 3, "condition": None, "hitCondition": ">= 2"}],
                "lines": [3],
            },
            {"source": {"path": "/s.py"}, "breakpoints": [{"line": 3, "hitCondition": ">= 2"}]},
        ),
        ("threads", {"anything": 1}, {}),
    ],
)
def test_what_is_passed_on(command: str, given: dict[str, Any], passed: dict[str, Any]) -> None:
    assert checked_arguments(command, given) == passed
