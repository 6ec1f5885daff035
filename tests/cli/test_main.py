"""The dispatch of the command by its first argument."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import cellbridge as package
from support.command import cellbridge

FOR_PEOPLE = {"typer", "rich"}


def imported(*arguments: str) -> set[str]:
    """Return the packages that are loaded when the command with ``arguments`` ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from cellbridge.cli.main import main\n"
        f"sys.argv = {['cellbridge', *arguments]!r}\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    names = json.loads(done.stderr.splitlines()[-1])
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments",
    [["lsp", "--help"], ["lsp", "--tcp", "nonsense"], ["--version"]],
)
def test_what_editors_start_loads_nothing_made_for_people(arguments: list[str]) -> None:
    assert not imported(*arguments) & FOR_PEOPLE


def test_what_people_read_is_made_for_them() -> None:
    assert imported("--help") > FOR_PEOPLE


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str) -> None:
    assert cellbridge(option).out == f"cellbridge {package.__version__}\n"


def test_help_names_the_commands_and_the_exit_codes() -> None:
    done = cellbridge("--help")
    assert done.code == 0
    for word in ("tour", "run", "lsp", "sessions", "Exit codes", "130"):
        assert word in done.out
    assert "host" not in done.out


@pytest.mark.parametrize("command", ["run", "tour", "sessions"])
def test_each_command_explains_itself(command: str) -> None:
    done = cellbridge(command, "--help")
    assert done.code == 0
    assert "Exit codes" in done.out


@pytest.mark.parametrize("arguments", [["walk"], ["run"], ["run", "a.py", "--walk"]])
def test_senseless_arguments(arguments: list[str]) -> None:
    done = cellbridge(*arguments)
    assert done.code == 2
    assert "Usage" in done.err
