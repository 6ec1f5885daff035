"""Pairs: which script and which notebook belong together.

Owns finding the other one of a pair, by what jupytext's users write down: the ``formats`` of a
script's header or a notebook's metadata, a ``jupytext.toml`` (or its YAML and JSON spellings), the
table ``tool.jupytext`` of a ``pyproject.toml``; without any of these, the same name. It must
not read cells, nor write anything.

A format places a file relative to its fellows (jupytext's documentation, "Paired notebooks"):

    ipynb                     the file's own folder and name
    scripts//py:percent       the folder "scripts" next to the other's folder
    nb_/ipynb, .pct.py        a prefix or a suffix of the name
    notebooks///ipynb         below the folder "notebooks" next to the file with the settings
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, cast

from cellbridge.core.document.languages import extensions
from cellbridge.core.json_depth import loads
from cellbridge.core.percent.notebook_values import mapping
from cellbridge.kernel.trust import file_trust
from cellbridge.kernel.trust.file_trust import Refusal
from cellbridge.kernel.trust.untrusted_paths import is_file, read_text
from cellbridge.notebooks.atomic_files import check_inside
from cellbridge.notebooks.errors import FileError

NOTEBOOK = "ipynb"
_SETTINGS = tuple(
    f"{dot}jupytext.{kind}" for dot in ("", ".") for kind in ("toml", "yml", "yaml", "json")
)
_PROJECT = "pyproject.toml"
_OURS = {"", "percent", "hydrogen"}


class PairSource(StrEnum):
    """The reason why two files are a pair."""

    FILE = "file"
    """The script's header, or the notebook's metadata."""
    SETTINGS = "settings"
    NAME = "name"
    """No file names the pair: they have the same name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A script and its notebook; either may not exist yet."""

    script: Path
    notebook: Path
    source: PairSource = PairSource.NAME
    root: Path = field(default=Path("/"), compare=False)
    """The folder that contains both: the project's, or their own."""
    refused: tuple[Refusal, ...] = field(default=(), compare=False)
    """Settings that were ignored because another user could have written them."""


@dataclass(frozen=True, slots=True)
class Format:
    """The place of one of the files of a pair."""

    extension: str
    kind: str = ""
    root: str | None = None
    """The folder below that of the settings; None if the format is about the file's own."""
    folder: str = ""
    prefix: str = ""
    suffix: str = ""

    def base(self, path: Path, home: Path | None) -> tuple[Path, str] | None:
        """Return the folder and the name that a file of this format has in common with its fellows.

        None if ``path`` does not have this format. ``home`` is the folder of the settings.
        """
        ending = f"{self.suffix}.{self.extension}"
        if not path.name.startswith(self.prefix) or not path.name.endswith(ending):
            return None
        name = path.name[len(self.prefix) : len(path.name) - len(ending)]
        folder = path.parent
        if self.root is not None:
            top = home / self.root if home is not None else None
            if top is None or not folder.is_relative_to(top):
                return None
            return folder.relative_to(top), name
        if self.folder:
            parts = PurePosixPath(self.folder).parts
            if folder.parts[-len(parts) :] != parts:
                return None
            folder = Path(*folder.parts[: -len(parts)])
        return (folder, name) if name else None

    def place(self, base: tuple[Path, str], home: Path | None) -> Path:
        """Return the file of this format that has ``base``."""
        folder, name = base
        if self.root is not None and home is not None:
            folder = home / self.root / folder
        return folder / self.folder / f"{self.prefix}{name}{self.suffix}.{self.extension}"


def read_formats(value: object) -> list[Format]:
    """Return the formats that a setting names: jupytext's text, a list, or a table by folders.

    Values that are not formats are skipped.
    """
    if isinstance(value, dict):
        return [
            found
            for folder, names in mapping(cast("object", value)).items()
            for found in read_formats(f"{folder.rstrip('/')}///{names}")
        ]
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]  # any list
    return [
        found
        for word in words  # pyright: ignore[reportUnknownVariableType]  # as above
        if isinstance(word, str) and (found := _format(word.strip()))
    ]


def _format(word: str) -> Format | None:
    name, _, kind = word.partition(":")
    root, mark, rest = name.partition("///")
    where, _, file = (rest if mark else name).rpartition("/")
    # What ends in a slash is a folder; else its last part begins the name.
    folder, _, prefix = where.rpartition("/")
    suffix, _, extension = file.rpartition(".")
    if extension != NOTEBOOK and extension not in extensions():
        return None
    return Format(extension, kind, root if mark else None, folder, prefix, suffix)


def pair_of(path: Path, metadata: Mapping[str, Any]) -> Pair:
    """Return the pair that ``path`` belongs to; ``metadata`` are the notebook's, or the header's.

    Raises:
        FileError: the name is neither a script's nor a notebook's, or it could be either of several
            pairs, or it is paired in a format that is not cellbridge's.
    """
    path = Path(os.path.normpath(path.absolute()))
    extension = path.suffix.removeprefix(".")
    if extension != NOTEBOOK and extension not in extensions():
        raise FileError(f"{path.name} is neither a script nor a notebook by its name.")
    formats = read_formats(mapping(metadata.get("jupytext")).get("formats"))
    if formats and (found := _find_pair(path, formats, None, PairSource.FILE)):
        return _inside(found, path, file_trust.project_root(path.parent))
    refused: list[Refusal] = []
    for home, file, value in _settings(path.parent):
        if refusal := file_trust.refusal(file, home):
            refused.append(refusal)
            continue
        formats = read_formats(mapping(value).get("formats"))
        if formats and (found := _find_pair(path, formats, home, PairSource.SETTINGS)):
            return replace(_inside(found, path, home), refused=tuple(refused))
        break  # as for jupytext, the nearest settings are all there are
    return replace(_by_name(path), root=path.parent, refused=tuple(refused))


def _inside(pair: Pair, path: Path, root: Path) -> Pair:
    """Return the pair of ``path`` with the project that contains it.

    Raises:
        FileError: the other file is elsewhere, or leads through a link.
    """
    script, notebook = (Path(os.path.normpath(one)) for one in (pair.script, pair.notebook))
    others = [other for other in (script, notebook) if other != path]
    if all(other.is_relative_to(path.parent) for other in others):
        root = path.parent  # Links on the way to there are the user's own way.
    for other in others:
        check_inside(other, root)
    return replace(pair, script=script, notebook=notebook, root=root)


def may_be_paired(script: Path, text: str) -> bool:
    """Return whether a script can have a notebook that is to be kept in step: a quick check."""
    head = text[:4000]
    if "formats" in head and "jupytext" in head:
        return True
    beside = script.with_suffix(f".{NOTEBOOK}").exists()
    return beside or next(_settings(script.parent), None) is not None


def _find_pair(
    path: Path, formats: list[Format], home: Path | None, told: PairSource
) -> Pair | None:
    base = next((base for each in formats if (base := each.base(path, home))), None)
    notebook = next((each for each in formats if each.extension == NOTEBOOK), None)
    texts = [each for each in formats if each.extension != NOTEBOOK]
    if base is None or notebook is None or not texts:
        return None
    script = next((each for each in texts if each.kind in _OURS), None)
    if script is None:
        raise FileError(
            f"{path} is paired as {texts[0].extension}:{texts[0].kind}, which cellbridge does not "
            "keep in step; pair it as py:percent, or use jupytext --sync."
        )
    return Pair(script.place(base, home), notebook.place(base, home), told)


def _settings(folder: Path) -> Iterator[tuple[Path, Path, object]]:
    """Yield jupytext's settings from ``folder`` upwards, with their folder and file.

    A file that cannot be read is skipped; only jupytext reports it.
    """
    for home in (folder, *folder.parents):
        for name in _SETTINGS:
            if is_file(home / name):
                yield home, home / name, _load(home / name)
        if is_file(home / _PROJECT):
            tools = mapping(mapping(_load(home / _PROJECT)).get("tool"))
            if "jupytext" in tools:
                yield home, home / _PROJECT, tools["jupytext"]


def _load(path: Path) -> object:
    text = read_text(path)
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text)
        return loads(text) if path.suffix == ".json" else _yaml(text)
    except (ValueError, RecursionError):
        return None


def _yaml(text: str) -> object:
    import yaml  # noqa: PLC0415  # the language server reads none

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _by_name(path: Path) -> Pair:
    if path.suffix != f".{NOTEBOOK}":
        return Pair(path, path.with_suffix(f".{NOTEBOOK}"))
    found = [
        other
        for other in sorted(path.parent.glob(f"{_escape(path.stem)}.*"))
        if other.suffix[1:] in extensions()
    ]
    if len(found) > 1:
        names = ", ".join(other.name for other in found)
        raise FileError(f"{path} could belong to any of {names}; name the script instead.")
    return Pair(found[0] if found else path.with_suffix(".py"), path)


def _escape(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)
