"""The declaration of a tool, and of its arguments.

Owns the declaration, from which the JSON schema and the check of the arguments follow. It must not
know the SDK, or any tool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast

import msgspec
from msgspec import Meta

from cellbridge.core.output.escapes import label
from cellbridge.mcp.answers import Answer, ToolError

if TYPE_CHECKING:
    from cellbridge.mcp.call import Call

A = TypeVar("A", bound="Arguments")


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a tool. A misspelled argument is an error, not ignored."""


class ScriptArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of a tool for one script."""

    script: Annotated[
        str, Meta(description="Path of the script, absolute or relative to the server's directory.")
    ]


class Effect(Enum):
    """The effect of a tool, for clients that ask the user before some calls."""

    READS = "reads"
    """It changes nothing."""
    RUNS = "runs"
    """It runs code or continues running code."""
    DESTROYS = "destroys"
    """It loses variables."""


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool: its declaration and its function."""

    name: str
    title: str
    description: str
    arguments: type[A]
    handler: Callable[[Call, A], Awaitable[Answer]]
    effect: Effect = Effect.READS

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        schema = msgspec.json.schema(self.arguments)
        return _inline({"$ref": schema["$ref"]}, schema["$defs"])

    def read_arguments(self, given: object) -> A:
        """Return the checked arguments of a call.

        Raises:
            ToolError: they do not match.
        """
        try:
            return msgspec.convert(given, self.arguments, strict=False)
        except msgspec.ValidationError as error:
            fields = msgspec.structs.fields(self.arguments)
            names = [f"{field.name}{'' if field.required else ' (optional)'}" for field in fields]
            raise ToolError(
                f"The arguments of {self.name} are wrong: {label(str(error))}. It takes "
                f"{', '.join(names) or 'none'}. Correct them and call it again."
            ) from None


def _inline(part: Any, types: Mapping[str, Any]) -> Any:
    """Return a part of a schema with the types in it: some clients do not follow references."""
    if isinstance(part, list):
        return [_inline(one, types) for one in cast("list[Any]", part)]
    if not isinstance(part, dict):
        return part
    given = cast("dict[str, Any]", part)
    if "$ref" not in given:
        return {name: _inline(one, types) for name, one in given.items()}
    found = dict(types[given["$ref"].rpartition("/")[2]])
    found.pop("title", None)
    found.pop("description", None)  # The docstring, which is for readers of the code.
    return _inline({**found, **{name: given[name] for name in given if name != "$ref"}}, types)
