"""Many small cells, one after the other: ours, a bare kernel, nbclient and papermill.

What starting costs is left out: each figure is the time of 200 cells less that of one, per cell.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat

from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

CELLBRIDGE = str(Path(sys.executable).with_name("cellbridge"))
CELLS, ROUNDS = 200, 5


def per_cell(seconds: Callable[[int], float]) -> float:
    """Return the seconds that one more cell takes."""
    one, many = seconds(1), seconds(CELLS)
    return (many - one) / (CELLS - 1)


def ours(folder: Path) -> float:
    """Run scripts by the command."""

    def seconds(count: int) -> float:
        script = folder / f"of_{count}.py"
        script.write_text("".join(f"# %%\nx = {number}\n\n" for number in range(count)))
        before = time.perf_counter()
        subprocess.run([CELLBRIDGE, "run", str(script)], check=True, capture_output=True)
        return time.perf_counter() - before

    return per_cell(seconds)


def raw() -> float:
    """Run cells on a kernel spoken to by hand; it has started, so nothing is to be left out."""
    with RawKernel() as kernel:
        kernel.execute("x = 0")
        return sum(kernel.execute(f"x = {number}") for number in range(CELLS)) / CELLS


def notebook(count: int) -> nbformat.NotebookNode:
    """Return a notebook of trivial cells."""
    cells = [nbformat.v4.new_code_cell(f"x = {number}") for number in range(count)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def nbclient() -> float:
    """Run notebooks by nbclient, in this process."""
    from nbclient import NotebookClient  # noqa: PLC0415  # only this row needs it

    def seconds(count: int) -> float:
        client = NotebookClient(notebook(count))
        before = time.perf_counter()
        client.execute()
        return time.perf_counter() - before

    return per_cell(seconds)


def papermill(folder: Path) -> float:
    """Run notebooks by papermill, in this process."""
    import papermill as library  # noqa: PLC0415  # only this row needs it

    def seconds(count: int) -> float:
        source, target = folder / f"of_{count}.ipynb", folder / "out.ipynb"
        nbformat.write(notebook(count), source)
        before = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library.execute_notebook(source, target, progress_bar=False, log_output=False)
        return time.perf_counter() - before

    return per_cell(seconds)


def beside(peer: Callable[[Path], float], rounds: int) -> Timing:
    """Take turns with a peer."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        return alternate(lambda: ours(folder), lambda: peer(folder), rounds)


ROWS = (
    Row(
        name="Batch: each of 200 trivial cells",
        ours="`cellbridge run`",
        peer="raw ZMQ, `execute_request` to idle",
        measure=lambda: beside(lambda _: raw(), ROUNDS),
        at_most=1.3,
    ),
    Row(
        name="Batch: each of 200 trivial cells, beside nbclient",
        ours="`cellbridge run`",
        peer="nbclient, in process",
        measure=lambda: beside(lambda _: nbclient(), ROUNDS),
        at_most=1,
    ),
    Row(
        name="Batch: each of 200 trivial cells, beside papermill",
        ours="`cellbridge run`",
        peer="papermill, in process",
        measure=lambda: beside(papermill, 2),
        at_most=1,
    ),
)
