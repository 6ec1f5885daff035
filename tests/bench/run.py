"""Measure every row, print the table, and write it to docs/benchmarks.md.

    python server/tools/dev.py bench [--write] [WORD...]

Owns the table. With words only the rows whose names hold one of them are measured, and nothing is
written, unless ``--write`` puts them in their places among the other rows. Without words, each row
is written as soon as it is measured: a run that is cut short keeps what it has. The exit status is
1 if a target is missed, or a row could not be measured.
"""

from __future__ import annotations

import compileall
import importlib
import os
import platform
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.rows import Row, Timing  # noqa: E402 - found through the line above
from support.isolation import ROOT, Isolation  # noqa: E402

LAST = ("bench_peers", "bench_footprint")
"""The longest, whose rows a run that is cut short may lack, and what sums up the others."""
INTRO = """\
<!-- Written by tests/bench/run.py. Do not edit. -->

# Benchmarks

`python3 server/tools/dev.py bench` repeats these measurements. Both sides of a row take turns
within one run, and the ratio is that of their medians. Times differ by a factor of two between runs
and machines; ratios hardly differ.
"""
HEAD = """\
| operation | ours | compared with | ours | theirs | ratio | target | met |
|---|---|---|---:|---:|---:|---:|---|
"""


def main(words: list[str]) -> int:
    """Measure and report; return the exit status."""
    writes_some = "--write" in words
    words = [word for word in words if word != "--write"]
    isolation = Isolation.enter()
    compile_package()
    found, start = rows(words), time.monotonic()
    missed = 0
    lines: list[str] = []
    for number, row in enumerate(found, 1):
        print(f"{time.monotonic() - start:5.0f} s  {row.name} …", file=sys.stderr, flush=True)
        text, met = measured(row)
        missed += not met
        lines.append(text)
        print(text, flush=True)
        if not words:
            write(lines, number, len(found))
    if writes_some and words:
        lines = merge(lines)
        write(lines, len(lines), len(lines))
    for name in isolation.leave(patience=10):
        print(f"left running: {name}", file=sys.stderr)
    print(f"{time.monotonic() - start:5.0f} s, {missed} missed", file=sys.stderr)
    return 1 if missed else 0


def measured(row: Row) -> tuple[str, bool]:
    """Measure a row; return its line of the table, and whether its targets are met."""
    try:
        timing = row.measure()
    except Exception:  # Boundary: a row that cannot be measured must not cost the others.
        traceback.print_exc()
        return f"| {row.name} | {row.ours} | {row.peer} | | | | | **not measured** |", False
    return line(row, timing), row.met(timing)


def merge(lines: Sequence[str]) -> list[str]:
    """Return the rows of the page with some of them measured again, in the usual order."""
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8").split("\n")
    known = {line.split(" | ")[0]: line for line in (*page, *lines) if line.startswith("| ")}
    return [known[name] for row in rows([]) if (name := f"| {row.name}") in known]


def write(lines: Sequence[str], done: int, wanted: int) -> None:
    """Write the table as far as it goes."""
    rest = (
        "" if done == wanted else f"\n{done} of {wanted} rows: the run was ended before the rest.\n"
    )
    text = f"{INTRO}\n{HEAD}{''.join(one + chr(10) for one in lines)}{rest}\n{machine()}\n"
    (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")


def compile_package() -> None:
    """Compile our modules ahead, as an installer does for every package, the peers' included.

    From a checkout they may never be: where the environment forbids Python to write bytecode, each
    start would compile modules again that a user's start does not.
    """
    compileall.compile_dir(ROOT / "server" / "cellbridge", quiet=1)


def rows(words: list[str]) -> list[Row]:
    """Find the rows in the files next to this one, those of `LAST` at the end."""
    others = {path.stem for path in HERE.glob("bench_*.py")}.difference(LAST)
    names = [*sorted(others), *LAST]
    found = [row for name in names for row in importlib.import_module(f"bench.{name}").ROWS]
    return [row for row in found if not words or any(word in row.name.lower() for word in words)]


def line(row: Row, timing: Timing) -> str:
    """Write one row of the table."""
    ratio = timing.ratio
    targets = [
        None if row.at_most is None else f"≤ {row.at_most:g} ×",
        None if row.at_most_ms is None else f"≤ {row.at_most_ms:g} ms",
    ]
    parts = (
        row.name,
        row.ours,
        row.peer,
        thousandths(timing.ours, row.unit),
        theirs(timing, row.unit),
        "" if ratio is None else f"{ratio:.3g}",
        ", ".join(target for target in targets if target),
        "" if targets == [None, None] else "yes" if row.met(timing) else "**no**",
    )
    return f"| {' | '.join(parts)} |"


def thousandths(figures: Sequence[float], unit: str) -> str:
    """Write the median of some seconds in milliseconds, or of some GB in MB."""
    return f"{median(figures) * 1000:.3g} {unit}" if figures else ""


def theirs(timing: Timing, unit: str) -> str:
    """Write the peer's figure, if it has one."""
    return "not offered" if timing.silent else thousandths(timing.peer, unit)


def machine() -> str:
    """Return place and time of the measurement, and whether the machine was otherwise busy."""
    waiting = os.getloadavg()[1]
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on "
        f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores; the machine's load in "
        f"the last five minutes was {waiting:.1f}, of which measuring makes about 1."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
