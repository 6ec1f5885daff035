"""The declarations of the protocol compared with their implementation in the server."""

from __future__ import annotations

import attrs
import pytest
from lsprotocol import types as lsp
from pygls.protocol import default_converter

from cellbridge.core.config import camel
from cellbridge.lsp import protocol as p
from cellbridge.lsp.command_arguments import read
from cellbridge.lsp.commands.execute_command import HANDLERS
from cellbridge.lsp.errors import ArgumentError


def test_every_command_has_its_function_and_every_function_its_command() -> None:
    assert set(HANDLERS) == {command.name for command in p.COMMANDS}


def test_names_are_unique_and_ours() -> None:
    names = [command.name for command in p.COMMANDS] + [method.name for method in p.METHODS]
    assert len(set(names)) == len(names)
    assert all(name.startswith(("cellbridge.", "cellbridge/")) for name in names)


def test_cells_travel_in_camel_case_without_their_defaults() -> None:
    nowhere = lsp.Position(0, 0)
    cell = p.Cell(
        id="c",
        index=0,
        kind=p.CellKind.CODE,
        title="",
        range=lsp.Range(nowhere, nowhere),
        anchor=nowhere,
        run=p.Run("r", p.RunState.RUNNING, 3, queued_at=1.5),
        kept_outputs=1,
        outputs=[p.RichOutput("result", {"text/plain": "1", "application/json": {"a_b": [1]}})],
    )
    plain = default_converter().unstructure(cell)
    assert plain == {
        "id": "c",
        "index": 0,
        "kind": "code",
        "title": "",
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "anchor": {"line": 0, "character": 0},
        "run": {"id": "r", "state": "running", "version": 3, "queuedAt": 1.5},
        "keptOutputs": 1,
        "outputs": [
            {"kind": "result", "data": {"text/plain": "1", "application/json": {"a_b": [1]}}}
        ],
    }
    assert default_converter().structure(plain, p.Cell) == cell


@pytest.mark.parametrize("command", p.COMMANDS, ids=lambda command: command.name)
def test_every_command_refuses_nothing_and_takes_the_least(command: p.Command) -> None:
    with pytest.raises(ArgumentError, match="takes one JSON object"):
        read(command.name, command.arguments, None)
    start = {"line": 0, "character": 0}
    values = {
        "uri": "file:///a.py",
        "range": {"start": start, "end": start},
        "position": start,
        "text": "x",
        "edit": "split",
        "id": "python3",
        "package": "numpy",
        "name": "x",
        "newName": "y",
        "cell": "c",
    }
    needed = {
        camel(field.name): values[camel(field.name)]
        for field in attrs.fields(command.arguments)
        if field.default is attrs.NOTHING
    }
    assert read(command.name, command.arguments, [{**needed, "unknown": 1}]).uri == "file:///a.py"
    for missing in needed:
        less = {name: value for name, value in needed.items() if name != missing}
        with pytest.raises(ArgumentError, match=f"needs the field {missing}"):
            read(command.name, command.arguments, [less])
