"""Settings read from an editor's JSON.

Owns the reading; the settings themselves are declared in settings.py. It must not know how an
editor sends its settings or which part uses them. It never raises over a value that the user wrote:
a wrong value falls back to its default and is named in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec

from cellbridge.core.settings import (
    CompletionConfig,
    DiagnosticsConfig,
    HintsConfig,
    KernelConfig,
    LensesConfig,
    OutputsConfig,
    PairsConfig,
    SessionConfig,
    StaticConfig,
)

SECTION = "cellbridge"
"""The name under which editors keep the settings of this server."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, in groups, with their defaults."""

    kernel: KernelConfig = field(default_factory=KernelConfig)
    hints: HintsConfig = field(default_factory=HintsConfig)
    lenses: LensesConfig = field(default_factory=LensesConfig)
    outputs: OutputsConfig = field(default_factory=OutputsConfig)
    diagnostics: DiagnosticsConfig = field(default_factory=DiagnosticsConfig)
    completion: CompletionConfig = field(default_factory=CompletionConfig)
    static: StaticConfig = field(default_factory=StaticConfig)
    pairs: PairsConfig = field(default_factory=PairsConfig)
    session: SessionConfig = field(default_factory=SessionConfig)

    @classmethod
    def from_json(cls, obj: object) -> tuple[Config, list[str]]:
        """Read settings as an editor sends them, with a sentence for each that could not be used.

        Takes the settings themselves, ``{"hints": {"enabled": false}}``, or an object that holds
        them under ``cellbridge``; the other keys of such an object belong to others and are passed
        over. ``null`` means "the default" everywhere.
        """
        problems: list[str] = []
        settings = obj
        if isinstance(obj, Mapping) and SECTION in obj:
            settings = cast("Mapping[object, object]", obj)[SECTION]
        values = _object(settings, SECTION, list(_GROUPS), problems)
        groups = {
            name: _group(kind, values.get(name), f"{SECTION}.{name}", problems)
            for name, kind in _GROUPS.items()
        }
        return cls(**groups), problems


def camel(name: str) -> str:
    """Return a setting's name as it is written in JSON: ``max_length`` is ``maxLength``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def describe_values(kind: Any) -> str:
    """Return the values that a setting takes, in words, from its annotation."""
    if get_origin(kind) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(kind))
    base, bounds = kind, None
    for extra in get_args(kind)[1:]:
        if isinstance(extra, msgspec.Meta):
            base, bounds = get_args(kind)[0], extra
    if get_origin(base) is dict:
        return "an object that holds strings"
    words = {bool: "true or false", int: "a whole number", float: "a number"}.get(base, "a string")
    return words if bounds is None else f"{words} from {bounds.ge} to {bounds.le}"


def _group(kind: type[Any], value: object, name: str, problems: list[str]) -> Any:
    """Build one group of settings from the value under its name."""
    hints = get_type_hints(kind, include_extras=True)
    names = {camel(option.name): option.name for option in fields(kind)}
    taken: dict[str, Any] = {}
    for key, given in _object(value, name, list(names), problems).items():
        if given is None:
            continue
        wanted = hints[names[key]]
        try:
            taken[names[key]] = msgspec.convert(_whole(given), wanted)
        except msgspec.ValidationError:
            problems.append(
                f"The setting {name}.{key} must be {describe_values(wanted)}, not {_quote(given)}; "
                "its default is used."
            )
    return kind(**taken)


def _object(value: object, name: str, known: list[str], problems: list[str]) -> dict[str, object]:
    """Return the known entries of a JSON object; every other entry becomes a problem."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(
            f"The setting {name} must be an object with any of {', '.join(known)}, "
            f"not {_quote(value)}; its defaults are used."
        )
        return {}
    entries = cast("Mapping[object, object]", value)
    problems.extend(
        f"There is no setting {name}.{key}; {name} has {', '.join(known)}."
        for key in entries
        if key not in known
    )
    return {key: entries[key] for key in known if key in entries}


def _whole(value: object) -> object:
    """Return 5.0 as 5: some editors know one kind of number only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _quote(value: object) -> str:
    """Quote a value in a sentence, at a length that keeps it one."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


_GROUPS: dict[str, type[Any]] = get_type_hints(Config)
