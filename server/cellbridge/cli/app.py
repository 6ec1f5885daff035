"""The commands with their arguments and help, declared for typer.

Owns names, arguments and help. Each command has a module of its own, which is imported when the
command runs.

Exit codes, the same for every command: 0 success; 1 a cell or the command failed; 2 the arguments
or the file are invalid; 130 interrupted with Ctrl-C.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellbridge import __version__
from cellbridge.cli.agents.options import agents
from cellbridge.cli.exit_codes import EXIT_CODES
from cellbridge.cli.kernels.options import kernels, run_command_lazily
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
        typer.Argument(help="A script with # %% cells. Defaults to a bundled example."),
    ] = None,
) -> None:
    """Run the cells of a script, and show what an editor would show.

    Starts the real language server, and acts as the editor. Needs no setup.
    """
    from cellbridge.cli.tour.tour import run_tour  # noqa: PLC0415  # each command its own

    raise typer.Exit(run_tour(file))


app.command(epilog=EXIT_CODES)(run)


@app.command(epilog=EXIT_CODES)
def convert(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="A B | FILE...", help="Files. With two and no --to, A is converted to B."
        ),
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Format of the result: ipynb, py, R, jl and others; md, Rmd, qmd or myst through "
            "jupytext; html, pdf, markdown and others through nbconvert.",
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", help="Format of the files, if their names do not show it."
        ),
    ] = None,
) -> None:
    """Convert scripts to notebooks and notebooks to scripts, without loss.

    "-" is standard input or output. Outputs, ids and attachments, which a script cannot hold, stay
    in the notebook next to it, or in a hidden notebook.
    """
    from cellbridge.cli.convert.command import ConvertOptions, execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(ConvertOptions(paths, to, from_)))


@app.command(epilog=EXIT_CODES)
def sync(
    files: Annotated[list[Path], typer.Argument(help="Scripts or notebooks, one of each pair.")],
    *,
    take: Annotated[
        str | None,
        typer.Option(
            "--take", metavar="WHICH", help="The file to keep if both changed: script or notebook."
        ),
    ] = None,
) -> None:
    """Sync scripts with the notebooks of the same name, by their content.

    Outputs are kept. If both files changed since the last sync, neither is changed.
    """
    from cellbridge.cli.convert.sync import execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(files, take))


sessions = typer.Typer(
    help="List the running sessions, or stop them. Sessions survive the editor.",
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sessions, name="sessions")
app.add_typer(outputs, name="outputs")


@sessions.callback()
def list_sessions(context: typer.Context) -> None:
    """List the running sessions, or stop them. Sessions survive the editor."""
    if context.invoked_subcommand is None:
        from cellbridge.cli.sessions import show  # noqa: PLC0415  # as above

        raise typer.Exit(show())


@sessions.command(epilog=EXIT_CODES)
def stop(
    file: Annotated[Path | None, typer.Argument(help="The script whose session to end.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="End all sessions.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Kill a session that does not answer.")
    ] = False,
) -> None:
    """End the session of a script and its kernel. Outputs are kept."""
    if (file is None) != everything:
        raise typer.BadParameter("name a script, or use --all.")
    from cellbridge.cli.sessions import stop as stop_sessions  # noqa: PLC0415  # as above

    raise typer.Exit(stop_sessions(file, force=force))


@sessions.command(epilog=EXIT_CODES)
def attach(
    file: Annotated[Path, typer.Argument(help="The script whose session to follow.")],
) -> None:
    """Show the outputs of a session while it runs. Ctrl-C ends only this command."""
    from cellbridge.cli.sessions import attach as attach_session  # noqa: PLC0415  # as above

    raise typer.Exit(attach_session(file))


@sessions.command(epilog=EXIT_CODES)
def prune() -> None:
    """End kernels whose session was killed, and remove its files. Outputs are kept."""
    from cellbridge.cli.sessions import prune_orphans  # noqa: PLC0415  # as above

    raise typer.Exit(prune_orphans())


app.add_typer(kernels, name="kernels")
app.add_typer(agents, name="agents")


@app.command(epilog=EXIT_CODES)
def trust(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder. Defaults to the current directory.")
    ] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="List the trusted folders.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="No longer trust the folder.")] = False,
) -> None:
    """Use the environments and settings in a folder that another user owns or can change.

    Without trust they are ignored, because they choose programs that run as you. Trust applies to
    all folders below, too.
    """
    if listed and (remove or folder is not None):
        raise typer.BadParameter("--list cannot be combined with other arguments.")
    from cellbridge.cli.trust import change, show  # noqa: PLC0415  # as above

    raise typer.Exit(show() if listed else change(folder or Path.cwd(), remove=remove))


@app.command(epilog=EXIT_CODES)
def doctor(
    file: Annotated[
        Path | None, typer.Argument(help="Script to check. Defaults to the current directory.")
    ] = None,
    *,
    every_kernel: Annotated[
        bool, typer.Option("--all", help="Test all registered kernels, not only the script's.")
    ] = False,
) -> None:
    """Check whether cells can run here. Each problem comes with a remedy."""
    from cellbridge.cli.doctor import command  # noqa: PLC0415  # as above

    raise typer.Exit(run_command_lazily(lambda: command.examine(file, every_kernel=every_kernel)))


@app.command(epilog=EXIT_CODES)
def page(
    script: Annotated[
        Path | None,
        typer.Argument(help="A script to show. Defaults to the list of running sessions."),
    ] = None,
    *,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address, on the first line.")
    ] = False,
    socket: Annotated[
        Path | None,
        typer.Option(
            "--socket", metavar="PATH", help="Also listen on this Unix socket, for ssh -L."
        ),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the page. Sessions continue.")] = False,
) -> None:
    """Show the sessions of this machine in a browser: outputs, widgets, tables and plots.

    One process for each user serves the page, and ends when no browser has been connected for ten
    minutes. The printed address works once, within two minutes.
    """
    if stop and (script is not None or socket is not None or no_browser):
        raise typer.BadParameter("--stop cannot be combined with other arguments.")
    from cellbridge.cli import page as pages  # noqa: PLC0415  # as above

    options = pages.PageOptions(script, not no_browser, socket)
    raise typer.Exit(pages.stop() if stop else pages.show(options))


@app.command("open", epilog=EXIT_CODES)
def open_script(
    script: Annotated[Path, typer.Argument(help="The script to show.")],
) -> None:
    """Show the session of a script in a browser; the same as cellbridge page SCRIPT."""
    from cellbridge.cli import page as pages  # noqa: PLC0415  # as above

    raise typer.Exit(pages.show(pages.PageOptions(script)))


@app.command(epilog=EXIT_CODES)
def lsp() -> None:
    """Start the language server. Editors do this. Options: cellbridge lsp --help."""
    # main() handles this command before typer is imported. It is here for the help.
    from cellbridge.lsp.main import main as serve  # noqa: PLC0415  # as above

    raise typer.Exit(serve([]))


@app.command(epilog=EXIT_CODES)
def dap() -> None:
    """Start the debug adapter. Editors do this. Options: cellbridge dap --help."""
    # As for lsp.
    from cellbridge.dap.main import main as debug  # noqa: PLC0415  # as above

    raise typer.Exit(debug([]))


@app.command(epilog=EXIT_CODES)
def mcp() -> None:
    """Serve an agent, which starts this. Options: cellbridge mcp --help."""
    # As for lsp.
    from cellbridge.mcp.main import main as serve_agent  # noqa: PLC0415  # as above

    raise typer.Exit(serve_agent([]))
