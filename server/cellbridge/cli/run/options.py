"""``cellbridge run``, as typer reads it.

Owns names, defaults and help of its options. What they do is command.py's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Scripts with # %% cells, or notebooks (.ipynb)."),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        "--output",
        "-o",
        metavar="NAME.ipynb",
        help="Keep the executed notebook with all its outputs; of several files, those in the "
        "directory of that name. Without it a notebook's outputs go into the notebook itself.",
    ),
]
Kernel = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        metavar="NAME",
        help="The kernelspec, or the Python, to run in; by default the one that the script's "
        "header names, or else the one for its language.",
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="NAME=VALUE",
        help="Set a parameter, below the cell tagged parameters; may be given many times. "
        "The value is JSON, or else a text.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("-j", "--jobs", min=1, metavar="N", help="Run so many files at a time."),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", min=0.1, metavar="SECONDS", help="Interrupt a cell that takes longer."
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Leave the kernel of a script that fails for an hour; the next time, go on from "
        "the first cell that has not run as it stands.",
    ),
]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="NAME.json", help="Write what became of each cell, as JSON."),
]


def run(  # noqa: PLR0913  # typer makes an option of each
    files: Files,
    *,
    to: To = None,
    kernel: Kernel = None,
    parameter: Parameters = None,
    jobs: Jobs = 1,
    timeout: Timeout = None,
    resume: Resume = False,
    report: Report = None,
) -> None:
    """Run the cells of scripts and notebooks, each file in a fresh kernel.

    One file's output is shown as it comes; of several, what became of each. Ends with exit code 1
    if a cell fails, and says on which line of the file.
    """
    from cellbridge.cli.run.command import execute  # noqa: PLC0415  # each command loads its own
    from cellbridge.cli.run.run_plan import Wish  # noqa: PLC0415  # as above

    wish = Wish(files, to, kernel, parameter or (), jobs, timeout, resume, report)
    raise typer.Exit(execute(wish))
