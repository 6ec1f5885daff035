"""``cellbridge outputs`` as typer reads it: names, arguments and help.

Owns no behaviour: what a subcommand does is in modules beside it, imported when it is asked for.
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
        Path | None, typer.Argument(help="A script; all that outputs are kept of if left out.")
    ] = None,
) -> None:
    """List the cells of a script whose outputs are kept, or all scripts with such cells."""
    from cellbridge.cli.outputs.list import show  # noqa: PLC0415  # each command its own

    raise typer.Exit(show(file))


@outputs.command(epilog=EXIT_CODES)
def export(
    file: Script,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIRECTORY", help="A new directory; NAME-outputs by default."),
    ] = None,
) -> None:
    """Write all outputs of a script to files, whole: text, pictures, HTML, JSON.

    The outputs of removed cells are written too.
    """
    from cellbridge.cli.outputs.export import execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(file, to))


@outputs.command(epilog=EXIT_CODES)
def recover(file: Script) -> None:
    """Restore what can be read of damaged files that were put aside. Nothing is overwritten."""
    from cellbridge.cli.outputs.recover import recover as execute  # noqa: PLC0415  # as above

    raise typer.Exit(execute(file))


@outputs.command(epilog=EXIT_CODES)
def clear(
    file: Annotated[Path | None, typer.Argument(help="A script with # %% cells.")] = None,
    *,
    removed: Annotated[
        bool, typer.Option("--removed", help="Only the outputs of cells that are gone.")
    ] = False,
    gone: Annotated[
        bool, typer.Option("--gone", help="Of all scripts that do not exist any more.")
    ] = False,
) -> None:
    """Forget outputs for good; those of running cells stay."""
    if (file is None) != gone or (gone and removed):
        raise typer.BadParameter("name a script, or give --gone.")
    from cellbridge.cli.outputs import clear  # noqa: PLC0415  # as above

    raise typer.Exit(clear.clear_gone() if file is None else clear.clear(file, removed))
