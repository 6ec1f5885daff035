"""The state of the debugger as it is sent to clients that draw outputs themselves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from cellbridge.core.runs.debug_status import DebugStatus, Stop
from cellbridge.core.runs.runs import KernelState, KernelStatus
from cellbridge.lsp import protocol_views
from cellbridge.workspace.notebook import Notebook

SCRIPT = Path("/home/ada/a script.py")


def sent(debugger: DebugStatus):
    """Return what is sent for a debugger in this state."""
    status = KernelStatus(state=KernelState.BUSY, debugger=debugger)
    notebook = SimpleNamespace(uri="editor:script", path=SCRIPT, name=str(SCRIPT), kernel=status)
    return protocol_views.kernel(cast("Notebook", notebook)).debugger


def test_nothing_is_sent_while_no_client_debugs() -> None:
    assert sent(DebugStatus()) is None


def test_code_that_runs_has_no_place() -> None:
    shown = sent(DebugStatus("VS Code\x1b[31m"))
    assert shown is not None
    assert shown.stopped is None
    assert "\x1b" not in shown.client


@pytest.mark.parametrize(
    ("stop", "uri", "place"),
    [
        (Stop("step", 1, str(SCRIPT), 3), "editor:script", "at line 4"),
        (Stop("step", 1, "/home/a/other.py", 3), "file:///home/a/other.py", "in other.py, line 4"),
        (Stop("step", 1, "/home/ada/elsewhere.py", 3, cell="a"), "editor:script", "at line 4"),
        (Stop("step", 1, "<string>", 3), "editor:script", "in <string>, line 4"),
    ],
)
def test_a_stop_in_a_cell_is_in_the_document(stop: Stop, uri: str, place: str) -> None:
    shown = sent(DebugStatus("nvim-dap", stop))
    assert shown is not None
    assert shown.stopped is not None
    assert (shown.stopped.uri, shown.stopped.line) == (uri, 3)
    assert shown.stopped.place == f"stopped {place}"
