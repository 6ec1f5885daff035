"""Many small cells, one after the other: ours, a bare kernel, nbclient and papermill.

In the rows about each cell, the kernel itself takes the time, from its first cell to its last, so
that what starting and ending cost, and how much they vary on a busy machine, is in none of the
figures. The rows about whole processes include both.
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
MANY = 2000
"""Cells of the longest script: what grows with the number of runs shows in it."""
IN_PROCESS = """\
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook).execute()
"""


def sources(note: Path, names: int = 0) -> list[str]:
    """Return cells of which the last notes the seconds that each after the first has taken.

    They run among a number of ``names``.
    """
    first = (
        f"for number in range({names}): globals()[f'name{{number}}'] = [number]\n"
        "import time\nbegun = time.perf_counter()"
    )
    passed = f"(time.perf_counter() - begun) / {CELLS - 1}"
    last = f"with open({str(note)!r}, 'w') as file: print({passed}, file=file)"
    return [first, *(f"x = {number}" for number in range(CELLS - 2)), last]


def noted(note: Path) -> float:
    """Return the last cell's notes."""
    seconds = float(note.read_text())
    note.unlink()
    return seconds


def run_ours(folder: Path, cells: list[str]) -> None:
    """Run a script by the command."""
    script = folder / "script.py"
    script.write_text("\n".join(f"# %%\n{source}\n" for source in cells))
    subprocess.run([CELLBRIDGE, "run", str(script)], check=True, capture_output=True)


def ours(folder: Path, names: int = 0) -> float:
    """Run a script by the command; return the seconds of each cell."""
    run_ours(folder, sources(folder / "ours", names))
    return noted(folder / "ours")


def raw(folder: Path, names: int = 0) -> float:
    """Run cells on a kernel spoken to by hand."""
    note = folder / "raw"
    with RawKernel() as kernel:
        for source in sources(note, names):
            kernel.execute(source)
    return noted(note)


def notebook(sources: list[str]) -> nbformat.NotebookNode:
    """Return a notebook of some cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def nbclient(folder: Path, names: int = 0) -> float:
    """Run a notebook by nbclient, in this process."""
    from nbclient import NotebookClient  # noqa: PLC0415  # only this row needs it

    note = folder / "nbclient"
    NotebookClient(notebook(sources(note, names))).execute()
    return noted(note)


def papermill(folder: Path, _names: int = 0) -> float:
    """Run a notebook by papermill, in this process."""
    import papermill as library  # noqa: PLC0415  # only this row needs it

    note = folder / "papermill"
    source, target = folder / "source.ipynb", folder / "out.ipynb"
    nbformat.write(notebook(sources(note)), source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library.execute_notebook(source, target, progress_bar=False, log_output=False)
    return noted(note)


def beside(peer: Callable[[Path, int], float], rounds: int, names: int = 0) -> Timing:
    """Take turns with a peer, in a kernel with a number of names."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        return alternate(lambda: ours(folder, names), lambda: peer(folder, names), rounds)


def whole(cells: int, rounds: int) -> Timing:
    """Take turns with nbclient, each in a process of its own, from its start to its end."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        code = [f"x = {number}" for number in range(cells)]
        program, source = folder / "program.py", folder / "source.ipynb"
        program.write_text(IN_PROCESS)
        nbformat.write(notebook(code), source)
        return alternate(
            lambda: seconds(lambda: run_ours(folder, code)),
            lambda: seconds(
                lambda: subprocess.run([sys.executable, str(program), str(source)], check=True)
            ),
            rounds,
        )


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def among_names(names: int) -> Row:
    """Return the row for cells among a number of names."""
    return Row(
        name=f"Batch: each of {CELLS} trivial cells among {names:,} names, compared with nbclient",
        ours="`cellbridge run`",
        peer="nbclient, in process",
        measure=lambda: beside(nbclient, 3, names),
        at_most=1,
    )


def whole_process(cells: int, rounds: int) -> Row:
    """Return the row for a whole process."""
    return Row(
        name=f"Batch: a script of {cells:,} trivial cells, from start to end",
        ours="`cellbridge run`",
        peer="nbclient, in a process",
        measure=lambda: whole(cells, rounds),
        at_most=1,
    )


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
    among_names(10_000),
    among_names(50_000),
    whole_process(CELLS, ROUNDS),
    whole_process(MANY, 3),
)
