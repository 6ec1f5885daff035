"""Running whole scripts in a kernel, and showing where they fail.

Owns the cutting of a test's script into cells. It must not know what a test expects.
"""

from __future__ import annotations

import re
from pathlib import Path

from cellbridge.core.runs.frames import Frame
from cellbridge.core.runs.runs import Origin
from support.kernels import Bench, Ran

ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


async def run_script(bench: Bench, script: str, path: str) -> Ran:
    """Run each cell that follows a ``# %%`` line; return the last."""
    lines = script.split("\n")
    marks = [at for at, line in enumerate(lines) if line.startswith("# %%")]
    assert marks
    for number, (start, end) in enumerate(zip(marks, [*marks[1:], len(lines)], strict=True)):
        source = "\n".join(lines[start + 1 : end])
        ran = await bench.run(source, Origin(path, start + 1), cell=str(number))
    ran.frames = await bench.kernel.frames(ran.id)
    return ran


def show(frames: tuple[Frame, ...], cwd: str) -> str:
    return "\n".join(
        f"{frame.path.removeprefix(cwd + '/')} {frame.name} {frame.line + 1}:"
        f"{'?' if frame.column is None else frame.column}-"
        f"{'?' if frame.end_column is None else frame.end_column}"
        for frame in frames
    )


def traceback(ran: Ran) -> str:
    return "\n".join(
        ANSI.sub("", line)
        for message in ran.messages
        if message.msg_type == "error"
        for line in message.content["traceback"]
    )


def write(bench: Bench, name: str, text: str) -> None:
    Path(bench.cwd, name).write_text(text, "utf-8")
