"""The subcommands of ``cellbridge kernels`` with their arguments and help, declared for typer.

Has no behaviour: command.py has it, and is imported when a subcommand runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cellbridge.cli.exit_codes import EXIT_CODES

kernels = typer.Typer(
    help="List the kernels for scripts; register, remove or test one.",
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
        typer.Option("--why", metavar="FILE", help="Explain the choice of a script's kernel."),
    ] = None,
) -> None:
    """List the kernels for scripts; register, remove or test one."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    if context.invoked_subcommand is None:
        work = run_command_lazily(
            lambda: command.why(why) if why else command.show(everywhere=False)
        )
        raise typer.Exit(work)


@kernels.command("list", epilog=EXIT_CODES)
def list_kernels(
    *,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Search the usual places for more Python environments.")
    ] = False,
) -> None:
    """List registered kernels and the project's environments. Starts nothing."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(command.show(everywhere=everywhere))


@kernels.command(epilog=EXIT_CODES)
def register(
    python: Annotated[str, typer.Argument(help="An interpreter, or its environment's folder.")],
    *,
    name: Annotated[str | None, typer.Option("--name", help="The kernel's name.")] = None,
) -> None:
    """Register a Python environment for Jupyter programs. Cellbridge needs none of it."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(run_command_lazily(lambda: command.register(python, name)))


@kernels.command(epilog=EXIT_CODES)
def remove(name: Annotated[str, typer.Argument(help="A registered kernel.")]) -> None:
    """Remove a kernel from the list. The program that it starts stays installed."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(run_command_lazily(lambda: command.remove(name)))


@kernels.command(epilog=EXIT_CODES)
def test(name: Annotated[str, typer.Argument(help="A kernel's name, or an interpreter.")]) -> None:
    """Start a kernel, run one cell in it and print the result."""
    from cellbridge.cli.kernels import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(run_command_lazily(lambda: command.test(name)))


def run_command_lazily(work: Callable[[], int]) -> int:
    """Run a command. An error is printed to stderr."""
    from cellbridge.cli.exit_handling import run_command  # noqa: PLC0415  # as above

    return run_command(work)
