"""The generated files have the content of the protocol and the settings, in each language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import lupa.lua51
import pytest

from cellbridge.lsp import protocol

ROOT = Path(__file__).resolve().parent.parent
TYPESCRIPT = (ROOT / "editor-extension/vscode/src/protocol.gen.ts").read_text("utf-8")
LUA_FILES = sorted((ROOT / "editor-extension").rglob("*.lua"))
LUA = ROOT / "editor-extension/nvim/lua/cellbridge/protocol_gen.lua"


@pytest.fixture
def lua() -> Any:
    """Return the Lua dialect of Neovim, without Neovim."""
    return lupa.lua51.LuaRuntime(unpack_returned_tuples=True)


@pytest.mark.parametrize("path", LUA_FILES, ids=lambda path: path.name)
def test_lua_parses(lua: Any, path: Path) -> None:
    assert lua.compile(path.read_text("utf-8")) is not None


def test_lua_holds_every_name(lua: Any) -> None:
    module = lua.execute(LUA.read_text("utf-8"))
    assert sorted(module.methods.values()) == sorted(one.name for one in protocol.METHODS)
    assert {name: module.titles[short] for short, name in module.commands.items()} == {
        one.name: one.title for one in protocol.COMMANDS
    }
    assert module.protocol == protocol.PROTOCOL
    assert module.defaults.hints.maxLength == 80


def test_lua_declares_every_class_it_uses() -> None:
    text = LUA.read_text("utf-8")
    declared = set(re.findall(r"@(?:class|alias)(?: \(exact\))? (cellbridge\.[\w.]+)", text))
    used = set(re.findall(r"\bcellbridge\.(?:settings\.)?[A-Za-z]\w*", annotations(text)))
    assert used <= declared | {one.name for one in protocol.COMMANDS}


def test_typescript_holds_every_name() -> None:
    quoted = set(re.findall(r'"(cellbridge[./]\w+)"', TYPESCRIPT))
    assert quoted == {one.name for one in (*protocol.METHODS, *protocol.COMMANDS)}


def test_typescript_defaults_are_those_of_the_settings() -> None:
    text = TYPESCRIPT.partition("DEFAULTS: Settings = ")[2].rstrip().removesuffix(";")
    assert json.loads(text)["completion"] == {"live": True, "static": True}


def annotations(text: str) -> str:
    """Return the types in the annotations of a Lua file, without their descriptions."""
    return "\n".join(re.findall(r"^---@field \S+ (\S+)", text, re.MULTILINE))
