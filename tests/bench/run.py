"""Measure every row, print the table, and write it to docs/benchmarks.md.

    python server/tools/dev.py bench [WORD...]

Owns the table. With words only the rows whose names hold one of them are measured, and nothing is
written. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.rows import Row, Timing  # noqa: E402 - found through the line above
from support.isolation import ROOT, Isolation  # noqa: E402

INTRO = """\
<!-- Written by tests/bench/run.py. Do not edit. -->

# Benchmarks

`python3 server/tools/dev.py bench` measures these again. Both sides of a row take turns within one
run, and the ratio is that of their medians: times differ by a factor of two between runs and
machines, ratios hardly do.
"""
HEAD = """\
| what a person waits for | ours | compared with | ours | theirs | ratio | target | met |
|---|---|---|---:|---:|---:|---:|---|
"""


def main(words: list[str]) -> int:
    """Measure and report; return the exit status."""
    isolation = Isolation.enter()
    missed = 0
    lines: list[str] = []
    for row in rows(words):
        print(f"{row.name} …", file=sys.stderr, flush=True)
        timing = row.measure()
        missed += not row.met(timing)
        lines.append(line(row, timing))
        print(lines[-1], flush=True)
    for name in isolation.leave(patience=10):
        print(f"left running: {name}", file=sys.stderr)
    if not words:
        text = f"{INTRO}\n{HEAD}{''.join(one + chr(10) for one in lines)}\n{machine()}\n"
        (ROOT / "docs" / "benchmarks.md").write_text(text, "utf-8")
    return 1 if missed else 0


def rows(words: list[str]) -> list[Row]:
    """Find the rows in the files beside this one."""
    modules = [importlib.import_module(f"bench.{path.stem}") for path in HERE.glob("bench_*.py")]
    found = [row for module in modules for row in module.ROWS]
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
        thousandths(timing.peer, row.unit),
        "" if ratio is None else f"{ratio:.3g}",
        ", ".join(target for target in targets if target),
        "" if targets == [None, None] else "yes" if row.met(timing) else "**no**",
    )
    return f"| {' | '.join(parts)} |"


def thousandths(figures: Sequence[float], unit: str) -> str:
    """Write the median of some seconds in milliseconds, or of some GB in MB."""
    return f"{median(figures) * 1000:.3g} {unit}" if figures else ""


def machine() -> str:
    """Say where and when this was measured."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on "
        f"{platform.system()}, {os.cpu_count()} cores."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
