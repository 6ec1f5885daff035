"""Many small cells, one after the other: ours, a bare kernel, nbclient and papermill.

The kernel itself takes the time, from its first cell to its last, so that what starting and ending
cost, and how much they vary on a busy machine, is in none of the figures.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat

from bench.raw_kernel import RawKernel
from bench.rows import Row, Timing, alternate

CELLBRIDGE = str(Path(sys.executable).with_name("cellbridge"))
CELLS, ROUNDS = 200, 5


def sources(note: Path) -> list[str]:
    """Return cells of which the last notes the seconds that each after the first has taken."""
    first = "import time\nbegun = time.perf_counter()"
    passed = f"(time.perf_counter() - begun) / {CELLS - 1}"
    last = f"with open({str(note)!r}, 'w') as file: print({passed}, file=file)"
    return [first, *(f"x = {number}" for number in range(CELLS - 2)), last]


def noted(note: Path) -> float:
    """Return the last cell's notes."""
    seconds = float(note.read_text())
    note.unlink()
    return seconds


def ours(folder: Path) -> float:
    """Run a script by the command."""
    script, note = folder / "script.py", folder / "ours"
    script.write_text("\n".join(f"# %%\n{source}\n" for source in sources(note)))
    subprocess.run([CELLBRIDGE, "run", str(script)], check=True, capture_output=True)
    return noted(note)


def raw(folder: Path) -> float:
    """Run cells on a kernel spoken to by hand."""
    note = folder / "raw"
    with RawKernel() as kernel:
        for source in sources(note):
            kernel.execute(source)
    return noted(note)


def notebook(note: Path) -> nbformat.NotebookNode:
    """Return a notebook of the cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources(note)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def nbclient(folder: Path) -> float:
    """Run a notebook by nbclient, in this process."""
    from nbclient import NotebookClient  # noqa: PLC0415  # only this row needs it

    note = folder / "nbclient"
    NotebookClient(notebook(note)).execute()
    return noted(note)


def papermill(folder: Path) -> float:
    """Run a notebook by papermill, in this process."""
    import papermill as library  # noqa: PLC0415  # only this row needs it

    note = folder / "papermill"
    source, target = folder / "source.ipynb", folder / "out.ipynb"
    nbformat.write(notebook(note), source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library.execute_notebook(source, target, progress_bar=False, log_output=False)
    return noted(note)


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
        measure=lambda: beside(raw, ROUNDS),
        at_most=1.3,
    ),
    Row(
        name="Batch: each of 200 trivial cells, compared with nbclient",
        ours="`cellbridge run`",
        peer="nbclient, in process",
        measure=lambda: beside(nbclient, ROUNDS),
        at_most=1,
    ),
    Row(
        name="Batch: each of 200 trivial cells, compared with papermill",
        ours="`cellbridge run`",
        peer="papermill, in process",
        measure=lambda: beside(papermill, 2),
        at_most=1,
    ),
)
