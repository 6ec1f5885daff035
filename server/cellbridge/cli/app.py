"""The commands a person types, as typer reads them.

Owns names, arguments and help. What a command does is in its own module, imported when it is asked
for.

Exit codes, the same for every command: 0 all went well; 1 a cell failed, or what was asked for
could not be done; 2 the arguments or the file make no sense; 130 ended by Ctrl-C.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellbridge import __version__
from cellbridge.cli.exit_codes import EXIT_CODES
from cellbridge.cli.kernels.options import kernels, shown
from cellbridge.cli.outputs.options import outputs
from cellbridge.cli.run.options import run

app = typer.Typer(
    name="cellbridge",
    help="A plain # %% script as a full notebook in any editor.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer's signature
    if wanted:
        typer.echo(f"cellbridge {__version__}")
        raise typer.Exit


@app.callback()
def cellbridge(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Print the version.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """A plain # %% script as a full notebook in any editor."""


@app.command(epilog=EXIT_CODES)
def tour(
    file: Annotated[
        Path | None,
        typer.Argument(help="A script with # %% cells; a bundled example if left out."),
    ] = None,
) -> None:
    """Take a first look: run a script's cells and see what an editor would show.

    Starts the real language server and plays the editor. Needs nothing set up.
    """
    from cellbridge.cli.tour.tour import take  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(take(file))


app.command(epilog=EXIT_CODES)(run)


@app.command(epilog=EXIT_CODES)
def convert(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="A B | FILE...", help="Files; with exactly two and no --to, A becomes B."
        ),
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="What to make: ipynb, py, R, jl and others; md, Rmd, qmd or myst by jupytext; "
            "html, pdf, markdown and others by nbconvert.",
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", help="What the files are, where names do not tell."
        ),
    ] = None,
) -> None:
    """Convert scripts into notebooks and notebooks into scripts, and lose nothing.

    "-" stands for standard input or output. What a script cannot hold (outputs, ids, attachments)
    stays in the notebook beside it, or is kept in a hidden one.
    """
    from cellbridge.cli.convert.command import Wish, execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(Wish(paths, to, from_)))


@app.command(epilog=EXIT_CODES)
def sync(
    files: Annotated[list[Path], typer.Argument(help="Scripts, or notebooks; one of each pair.")],
    *,
    take: Annotated[
        str | None,
        typer.Option(
            "--take", metavar="WHICH", help="Where both changed: script or notebook is right."
        ),
    ] = None,
) -> None:
    """Bring scripts and the notebooks of the same name into step, by what they hold.

    Outputs stay. Where both have changed since they last agreed, both are left as they are.
    """
    from cellbridge.cli.convert.sync import execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(files, take))


sessions = typer.Typer(
    help="List the sessions that run, or stop them: sessions outlive the editor.",
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sessions, name="sessions")
app.add_typer(outputs, name="outputs")


@sessions.callback()
def list_sessions(context: typer.Context) -> None:
    """List the sessions that run, or stop them: sessions outlive the editor."""
    if context.invoked_subcommand is None:
        from cellbridge.cli.sessions import show  # noqa: PLC0415  # as above

        raise typer.Exit(show())


@sessions.command(epilog=EXIT_CODES)
def stop(
    file: Annotated[Path | None, typer.Argument(help="The script whose session is to end.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="End every session.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Kill a session that does not answer.")
    ] = False,
) -> None:
    """End a script's session and its kernel; the outputs are kept."""
    if (file is None) != everything:
        raise typer.BadParameter("name a script, or give --all.")
    from cellbridge.cli.sessions import stop as stop_sessions  # noqa: PLC0415  # as above

    raise typer.Exit(stop_sessions(file, force=force))


@sessions.command(epilog=EXIT_CODES)
def attach(
    file: Annotated[Path, typer.Argument(help="The script whose session is to be followed.")],
) -> None:
    """Show what a script's session runs, as it comes, to its end. Ctrl-C lets go of it."""
    from cellbridge.cli.sessions import attach as attach_session  # noqa: PLC0415  # as above

    raise typer.Exit(attach_session(file))


@sessions.command(epilog=EXIT_CODES)
def prune() -> None:
    """End kernels whose session was killed, and remove what it left; the outputs are kept."""
    from cellbridge.cli.sessions import prune_orphans  # noqa: PLC0415  # as above

    raise typer.Exit(prune_orphans())


app.add_typer(kernels, name="kernels")


@app.command(epilog=EXIT_CODES)
def trust(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder. Defaults to the current directory.")
    ] = None,
    *,
    listed: Annotated[
        bool, typer.Option("--list", help="Print the trusted folders instead.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Trust the folder no longer.")] = False,
) -> None:
    """Use the environments and settings in a folder that another user owns or can change.

    Without it they are ignored, since they decide which programs run as you. It holds for all
    folders below.
    """
    if listed and (remove or folder is not None):
        raise typer.BadParameter("--list stands alone.")
    from cellbridge.cli.trust import change, show  # noqa: PLC0415  # as above

    raise typer.Exit(show() if listed else change(folder or Path.cwd(), remove=remove))


@app.command(epilog=EXIT_CODES)
def doctor(
    file: Annotated[
        Path | None, typer.Argument(help="A script; without it this directory is looked at.")
    ] = None,
    *,
    every_kernel: Annotated[
        bool, typer.Option("--all", help="Start every registered kernel, not only the script's.")
    ] = False,
) -> None:
    """Look for what keeps cells from running here; each finding comes with its remedy."""
    from cellbridge.cli.doctor import command  # noqa: PLC0415  # as above

    raise typer.Exit(shown(lambda: command.examine(file, every_kernel=every_kernel)))


@app.command(epilog=EXIT_CODES)
def lsp() -> None:
    """The language server. Editors start it; for its options: cellbridge lsp --help."""
    # main() takes this command before typer is imported; here it stands for the help.
    from cellbridge.lsp.main import main as serve  # noqa: PLC0415  # as above

    raise typer.Exit(serve([]))
