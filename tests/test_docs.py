"""Checks of the documentation: names, paths, links, and the configuration to copy.

All Markdown files of the project are checked, README.md included.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import lupa.lua51
import pytest

from cellbridge.core.config import Config, camel
from cellbridge.lsp.protocol import COMMANDS, METHODS

ROOT = Path(__file__).resolve().parent.parent
NAMES_IN_FILE = r"`(\w+)`(?: and `(\w+)`)? (?:in|of|to)\s+`([\w./-]+/[\w./-]+\.\w+)`"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("server", "tests", "docs", "editor-extension", ".ci")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def prose(path: Path) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def blocks(path: Path, language: str) -> Iterator[str]:
    """Return the code blocks of a page in one language."""
    for indent, found, code in FENCE.findall(path.read_text("utf-8")):
        if found == language:
            yield textwrap.dedent(code) if indent else code


def known_settings() -> set[str]:
    """Return the full names of all settings and of their groups."""
    names: set[str] = set()
    for group in Config.__dataclass_fields__:
        names.add(f"cellbridge.{group}")
        options = getattr(Config(), group).__dataclass_fields__
        names |= {f"cellbridge.{group}.{camel(option)}" for option in options}
    return names | extension_names()


def test_the_table_of_switches_names_all_of_them() -> None:
    table = (ROOT / "docs" / "other-servers.md").read_text("utf-8")
    for option in Config().static.__dataclass_fields__:
        assert f"`cellbridge.static.{camel(option)}` |" in table


def extension_names() -> set[str]:
    """Return the settings and commands in the manifest of the VS Code extension."""
    package = ROOT / "editor-extension" / "vscode" / "package.json"
    contributes = json.loads(package.read_text("utf-8"))["contributes"]
    sections = contributes["configuration"]
    settings = {name for section in sections for name in section["properties"]}
    return settings | {one["command"] for one in contributes["commands"]}


@page
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        aim = (path.parent / file).resolve() if file else path
        assert aim.exists(), f"{target} does not exist"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", aim.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
            assert anchor in slugs, f"{target}: no such heading"


@page
def test_paths_exist(path: Path) -> None:
    """Paths start at the project's root, or at the folder that the section's heading names."""
    folder = ROOT
    for line in prose(path).split("\n"):
        if line.startswith("#"):
            named = line.lstrip("# ")
            folder = ROOT / named if named.startswith(FOLDERS) and (ROOT / named).is_dir() else ROOT
        for word in re.findall(r"`([\w./-]+)`", line):
            if word.startswith(tuple(f"{name}/" for name in FOLDERS)):
                assert (ROOT / word).exists(), f"{word} does not exist"
            elif folder != ROOT and re.search(r"/$|\.(py|lua|ts|md)$", word):
                assert (folder / word).exists(), f"{word} is not in {folder.relative_to(ROOT)}"


@page
def test_names_are_in_the_files_that_are_said_to_hold_them(path: Path) -> None:
    """For example ``TABLE`` in ``core/output/mime_types.py``: a rename must reach the pages."""
    for *names, place in re.findall(NAMES_IN_FILE, path.read_text("utf-8")):
        content = (ROOT / place).read_text("utf-8")
        missing = [name for name in names if name and not re.search(rf"\b{name}\b", content)]
        assert not missing, f"{place} has no {missing}"


@page
def test_commands_settings_and_methods_exist(path: Path) -> None:
    # The examples of docs/CONTRIBUTING.md add a command and a setting that do not exist.
    text = prose(path) if path.name == "CONTRIBUTING.md" else path.read_text("utf-8")
    names = {one.name for one in COMMANDS} | known_settings()
    for word in re.findall(r"\bcellbridge\.[a-z]\w*(?:\.[a-z]\w*)*", text):
        assert word in names or word.endswith((".git", ".lua")), (
            f"{word} is neither a command nor a setting"
        )
    for word in re.findall(r"`(cellbridge/\w+)`", text):
        assert word in {one.name for one in METHODS}, f"{word} is not a message"


@page
def test_configuration_can_be_read(path: Path) -> None:
    lua: Any = lupa.lua51.LuaRuntime()
    for code in blocks(path, "json"):
        check_options(json.loads(code))
    for code in blocks(path, "toml"):
        check_options(tomllib.loads(code))
    for code in blocks(path, "python"):
        ast.parse(code)
    for code in blocks(path, "lua"):
        assert lua.compile(code)
        for options in re.findall(r"init_options = (\{.*\}),$", code, re.MULTILINE):
            check_options({"config": plain(lua.eval(options))})
    for code in blocks(path, "elisp"):
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|;.*', "", code)
        assert bare.count("(") == bare.count(")")


def plain(table: Any) -> Any:
    """Return a Lua table as a dictionary."""
    return {k: plain(v) for k, v in table.items()} if hasattr(table, "items") else table


def check_options(settings: Any) -> None:
    """Check that the options in an example have no problems."""
    if not isinstance(settings, dict):
        return
    for key, value in settings.items():
        options = key in {"config", "cellbridge"} or key.endswith("initializationOptions")
        if options and "command" not in value:
            assert Config.from_json(value)[1] == []
        check_options(value)


@page
def test_commands_that_people_type_exist(path: Path) -> None:
    for code in [*blocks(path, "sh"), *re.findall(r"`([^`\n]+)`", prose(path))]:
        for line in code.split("\n"):
            match line.split():
                case ["python3", "server/tools/dev.py", name, *_]:
                    assert name in {"tour", "fast", "test", "check", "bench"}
                case ["cellbridge", name, *options] if name[0] != "-":
                    check_cli(name, [one for one in options if one.startswith("--")])
                case ["cellbridge", *options]:
                    check_cli("", options)
                case _:
                    pass


def check_cli(command: str, options: list[str]) -> None:
    """Check that a command of the CLI exists and has some options."""
    text = help_of(command)
    for option in options:
        assert option in text, f"cellbridge {command} has no {option}"


@cache
def help_of(command: str) -> str:
    """Return the help of a command of the CLI."""
    program = Path(sys.executable).with_name("cellbridge")
    done = subprocess.run(
        [program, *command.split(), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"cellbridge {command}: {done.stderr}"
    return done.stdout


def test_every_page_can_be_found() -> None:
    """Each page can be reached by links from the README."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        for target in re.findall(r"\]\(([^)#\s]+)", prose(here)):
            aim = (here.parent / target).resolve()
            found = sorted(aim.glob("*.md")) if aim.is_dir() else [aim]
            waiting += [one for one in found if one.suffix == ".md" and one.is_file()]
    assert sorted(set(PAGES) - reached) == []


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
MAPPED = {
    "server/cellbridge": {".py"},
    "server/tools": {".py"},
    "editor-extension/vscode/src": {".ts"},
    "editor-extension/panel/src": {".ts", ".js"},
    "editor-extension/nvim/lua/cellbridge": {".lua"},
}
"""The folders of the code map, with the endings of their modules."""
UNMAPPED = ("server/tools/generate",)


def mapped(text: str) -> dict[str, list[str]]:
    """Return the modules of each folder on the code map, in their order."""
    folders: dict[str, list[str]] = {}
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        folder, _, body = part.partition("\n")
        folders[folder] = re.findall(r"^- `([\w.]+)`: \S", body, re.MULTILINE)
    return {folder: names for folder, names in folders.items() if names}


def on_disk() -> dict[str, list[str]]:
    """Return the modules of each folder that the code map has to name, in alphabetical order."""
    folders: dict[str, list[str]] = {}
    for root, endings in MAPPED.items():
        for path in sorted((ROOT / root).rglob("*")):
            folder = str(path.parent.relative_to(ROOT))
            if path.suffix in endings and path.name != "__init__.py" and folder not in UNMAPPED:
                folders.setdefault(folder, []).append(path.name)
    return folders


def test_the_code_map_names_each_module_once() -> None:
    assert mapped("### a/b\n\nText.\n\n- `x.py`: one\n- `y.py`:\n") == {"a/b": ["x.py"]}
    found, expected = mapped(ARCHITECTURE), on_disk()
    assert sorted(found) == sorted(expected)
    for folder, names in expected.items():
        assert sorted(found[folder]) == sorted(names), folder


def test_architecture_stays_short() -> None:
    text, _, code_map = ARCHITECTURE.partition("\n## Code map\n")
    assert code_map
    assert len(text.split("\n")) <= 150
    for line in re.findall(r"^- `[\w.]+`: (.+)$", ARCHITECTURE, re.MULTILINE):
        assert len(line) <= 100, line
