"""The line of a run at which a frame of a traceback is."""

from __future__ import annotations

import pytest

from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Origin, Run
from cellbridge.workspace.traceback_locations import line_in

SHOWN = Run(
    id="2", cell_id="a", source="x = 1\ny = 2\nz()\nz()", cell_source="", origin=Origin("s", 10)
)


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (Frame("s", 11, "f", cell="a", cell_line=1, text="y = 2"), 1),
        (Frame("s", 90, "f", cell="a", cell_line=1, text="y = 2"), 1),
        (Frame("s", 11, "f", cell="b", cell_line=1, text="y = 2"), None),
        (Frame("s", 10, "f", cell="a", cell_line=0, text="y = 2"), 1),
        (Frame("s", 11, "f", cell="a", cell_line=1, text="y = 3"), None),
        (Frame("s", 13, "f", cell="a", cell_line=3, text="z()"), 3),
        (Frame("s", 11, "f", cell="a", cell_line=1, text="z()"), None),
        (Frame("s", 11, "f", cell="a", cell_line=1), 1),
        (Frame("s", 11, "f"), 1),
        (Frame("s", 11, "f", text="  y = 2"), 1),
        (Frame("s", 11, "f", text="another"), None),
        (Frame("s", 14, "f"), None),
        (Frame("s", 9, "f"), None),
    ],
)
def test_a_frame_is_in_the_run_that_defined_its_code(frame: Frame, line: int | None) -> None:
    assert line_in(SHOWN, frame) == line
