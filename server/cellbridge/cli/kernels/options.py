"""``cellbridge kernels`` as typer reads it: names, arguments and help.

Owns no behaviour: what a subcommand does is in command.py, imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cellbridge.cli.exit_codes import EXIT_CODES

kernels = typer.Typer(
    help="List the kernels that scripts can run in; register, remove or test one.",
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@kernels.callback()
def kernels_of(
    context: typer.Context,
    *,
    why: Annotated[
        Path | None,
        typer.Option("--why", metavar="FILE", help="Say which kernel a script runs in, and why."),
    ] = None,
) -> None:
    """List the kernels that scripts can run in; register, remove or test one."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    if context.invoked_subcommand is None:
        work = shown(lambda: command.why(why) if why else command.show(everywhere=False))
        raise typer.Exit(work)


@kernels.command("list", epilog=EXIT_CODES)
def list_kernels(
    *,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Look for Python environments everywhere they may be.")
    ] = False,
) -> None:
    """List registered kernels and the project's environments; starts nothing."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(command.show(everywhere=everywhere))


@kernels.command(epilog=EXIT_CODES)
def register(
    python: Annotated[str, typer.Argument(help="An interpreter, or its environment's folder.")],
    *,
    name: Annotated[str | None, typer.Option("--name", help="The kernel's name.")] = None,
) -> None:
    """Make a Python environment known to every Jupyter program. cellbridge needs none of that."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(shown(lambda: command.register(python, name)))


@kernels.command(epilog=EXIT_CODES)
def remove(name: Annotated[str, typer.Argument(help="A registered kernel.")]) -> None:
    """Take a kernel from the list; what it starts stays installed."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(shown(lambda: command.remove(name)))


@kernels.command(epilog=EXIT_CODES)
def test(name: Annotated[str, typer.Argument(help="A kernel's name, or an interpreter.")]) -> None:
    """Start a kernel, run one cell in it and say how that went."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(shown(lambda: command.test(name)))


def shown(work: Callable[[], int]) -> int:
    """Carry out a command; what it cannot do is said on stderr."""
    from cellbridge.cli.exit_handling import ended  # noqa: PLC0415  # each command loads only its own

    return ended(work)
