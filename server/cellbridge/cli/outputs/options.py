"""The subcommands of ``cellbridge outputs`` with their arguments and help, declared for typer.

Has no behaviour: each subcommand has a module of its own, which is imported when it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellbridge.cli.exit_codes import EXIT_CODES

outputs = typer.Typer(
    help="List, export, recover or clear the stored outputs of scripts.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Script = Annotated[Path, typer.Argument(help="A script with # %% cells.")]


@outputs.command("list", epilog=EXIT_CODES)
def list_outputs(
    file: Annotated[
        Path | None, typer.Argument(help="A script. Defaults to all scripts with stored outputs.")
    ] = None,
) -> None:
    """List the cells of a script with stored outputs, or all scripts with such cells."""
    from cellbridge.cli.outputs.list import show  # noqa: PLC0415  # each command its own

    raise typer.Exit(show(file))


@outputs.command(epilog=EXIT_CODES)
def export(
    file: Script,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="DIRECTORY", help="A new directory. Defaults to NAME-outputs."
        ),
    ] = None,
) -> None:
    """Write all outputs of a script to files, complete: text, images, HTML, JSON.

    Includes the outputs of removed cells.
    """
    from cellbridge.cli.outputs.export import execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(file, to))


@outputs.command(epilog=EXIT_CODES)
def recover(file: Script) -> None:
    """Restore the readable parts of damaged files that were put aside. Overwrites nothing."""
    from cellbridge.cli.outputs.recover import recover as execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(file))


@outputs.command(epilog=EXIT_CODES)
def clear(
    file: Annotated[Path | None, typer.Argument(help="A script with # %% cells.")] = None,
    *,
    removed: Annotated[
        bool, typer.Option("--removed", help="Only the outputs of removed cells.")
    ] = False,
    gone: Annotated[
        bool, typer.Option("--gone", help="The outputs of all scripts that no longer exist.")
    ] = False,
) -> None:
    """Delete outputs permanently. Those of running cells stay."""
    if (file is None) != gone or (gone and removed):
        raise typer.BadParameter("name a script, or use --gone.")
    from cellbridge.cli.outputs import clear  # noqa: PLC0415  # as above

    raise typer.Exit(clear.clear_missing_scripts() if file is None else clear.clear(file, removed))
