"""The arguments of `attach` and `launch`: any JSON gives options, or one sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.dap.arguments import ArgumentError, Options, read_options

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("script", "start", "justMyCode", "subProcess", "cells", "line", "stopOnEntry", "noDebug")


@given(
    st.sampled_from(["attach", "launch"]),
    st.dictionaries(st.sampled_from(NAMES), JSON | st.just("file://[") | st.just("~nobody/a.py")),
)
def test_any_arguments_are_read_or_refused(command: str, arguments: dict[str, Any]) -> None:
    with suppress(ArgumentError):
        options = read_options(command, arguments)
        assert options.script.is_absolute()
        assert bool(options.cells) == (command == "launch")


@pytest.mark.parametrize(
    ("command", "arguments", "expected"),
    [
        ("attach", {}, Options(Path("/a.py"))),
        ("attach", {"start": False, "subProcess": True}, Options(Path("/a.py"), False, True, True)),
        ("launch", {}, Options(Path("/a.py"), cells="all")),
        ("launch", {"cells": [2, "f00"]}, Options(Path("/a.py"), cells=(2, "f00"))),
        (
            "launch",
            {"cells": "toCursor", "line": 7, "stopOnEntry": True},
            Options(Path("/a.py"), cells="toCursor", line=7, stop_on_entry=True),
        ),
        ("launch", {"noDebug": True}, Options(Path("/a.py"), cells="all", debug=False)),
    ],
)
def test_arguments_have_defaults(
    command: str, arguments: dict[str, Any], expected: Options
) -> None:
    assert read_options(command, {"script": "/a.py", **arguments}) == expected
