"""The subcommands of ``cellbridge agents`` with their arguments and help, declared for typer.

Has no behaviour: command.py has it, and is imported when a subcommand runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellbridge.cli.exit_codes import EXIT_CODES
from cellbridge.cli.kernels.options import run_command_lazily

agents = typer.Typer(
    help="Allow or forbid agents for a script, and show their calls.",
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Script = Annotated[Path, typer.Argument(help="A script with # %% cells.")]


@agents.callback()
def agents_of(context: typer.Context) -> None:
    """Allow or forbid agents for a script, and show their calls."""
    if context.invoked_subcommand is None:
        list_agents()


@agents.command("list", epilog=EXIT_CODES)
def list_agents() -> None:
    """List the scripts that allow agents, and the connected agents."""
    from cellbridge.cli.agents import command  # noqa: PLC0415  # each command loads only its own

    raise typer.Exit(run_command_lazily(command.show))


@agents.command(epilog=EXIT_CODES)
def allow(file: Script) -> None:
    """Allow agents in all sessions of a script, until you forbid it.

    An agent can then read the script's cells and outputs, and run any code in its kernel.
    """
    from cellbridge.cli.agents import command  # noqa: PLC0415  # as above

    raise typer.Exit(run_command_lazily(lambda: command.change(file, allowed=True)))


@agents.command(epilog=EXIT_CODES)
def forbid(file: Script) -> None:
    """Disconnect all agents from the session of a script, and allow none any longer."""
    from cellbridge.cli.agents import command  # noqa: PLC0415  # as above

    raise typer.Exit(run_command_lazily(lambda: command.change(file, allowed=False)))


@agents.command(epilog=EXIT_CODES)
def log(
    file: Script,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per call.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="The maximum number of calls, the last ones.")
    ] = 100,
) -> None:
    """Show the calls that agents made for a script, the oldest first."""
    from cellbridge.cli.agents import command  # noqa: PLC0415  # as above

    raise typer.Exit(run_command_lazily(lambda: command.show_log(file, limit, json=json)))
