"""The options of ``cellbridge run`` with their help, declared for typer.

Owns names, defaults and help. command.py owns the behaviour.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Scripts with # %% cells, notebooks (.ipynb), or files in jupytext's formats.",
    ),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        "--output",
        "-o",
        metavar="NAME.ipynb",
        help="Write the executed notebook with all its outputs; for several files, a directory. "
        "With the ending .html, write a report: one file to read in a browser, without a network. "
        "By default, the outputs of a notebook are written into the notebook itself.",
    ),
]
Kernel = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        metavar="NAME",
        help="Kernelspec or Python interpreter. Defaults to the kernel in the script's header, or "
        "else the one for its language.",
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="NAME=VALUE",
        help="Set a parameter, below the cell tagged parameters. Can be repeated. The value is "
        "JSON, or else text.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("-j", "--jobs", min=1, metavar="N", help="Files that run at the same time."),
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
        help="Keep the kernel of a failed script for an hour. The next run with this option "
        "continues from the first cell that has not run in its current form.",
    ),
]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="NAME.json", help="Write the result of each cell as JSON."),
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

    Shows the outputs of one file while it runs, or the results of several files. If a cell fails,
    prints the line of the file and exits with code 1.
    """
    from cellbridge.cli.run.command import execute  # noqa: PLC0415  # each command loads its own
    from cellbridge.cli.run.run_plan import RunOptions  # noqa: PLC0415  # as above

    chosen = RunOptions(files, to, kernel, parameter or (), jobs, timeout, resume, report)
    raise typer.Exit(execute(chosen))
