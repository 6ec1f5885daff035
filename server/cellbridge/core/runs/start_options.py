"""Start options of a kernel: its directory, its variables, and the code it runs first.

Owns the shape, which travels on the session's wire, and the reading of ``.env`` files. It must not
read files or start anything.
"""

from __future__ import annotations

import re

import msgspec

from cellbridge.core.runs.limits import NO_LIMITS, Limits

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*
        (?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>[^']*)'|(?P<bare>[^\n]*?))
        (?:[ \t]+\#[^\n]*)?[ \t]*$""",
    re.VERBOSE | re.MULTILINE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


class Startup(msgspec.Struct, frozen=True):
    """Options of a kernel's start, in addition to the kernelspec's own."""

    directory: str = ""
    """The working directory, as an absolute path; empty for the script's own directory."""
    variables: dict[str, str] = {}
    """Environment variables, on top of those that the session has."""
    code: str = ""
    """Run before the first cell, outside the history."""
    allow_unencrypted: bool = True
    """It may listen where other users of the machine can read what it sends."""
    limits: Limits = NO_LIMITS
    """Its limits; they also apply to a kernel that runs already."""


AS_IT_IS = Startup()


def read_variables(text: str) -> dict[str, str]:
    """Return the variables of a ``.env`` file; lines that set none are passed over.

    ``NAME=value``, with or without ``export``, quotes and a comment; in double quotes backslashes
    escape, and a value may run over lines. Variables within values are not filled in.
    """
    found: dict[str, str] = {}
    for match in _LINE.finditer(text.replace("\r\n", "\n")):
        if match["double"] is not None:
            value = re.sub(r"\\(.)", lambda one: _ESCAPES.get(one[1], one[0]), match["double"])
        else:
            value = match["single"] if match["single"] is not None else match["bare"]
        found[match["name"]] = value
    return found
