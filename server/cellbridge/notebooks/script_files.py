"""Scripts on disk: the way between bytes and text.

Owns: encodings: the byte order mark and the line that names another one than UTF-8 (PEP 263). It
must not know cells.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from cellbridge.notebooks.errors import FileError

_MARK = "\ufeff"
_DECLARED = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")


@dataclass(frozen=True, slots=True)
class ScriptText:
    """A script's text, and how it was written down."""

    content: str
    """Without a byte order mark."""
    has_mark: bool = False


def decode(data: bytes, shown: str) -> ScriptText:
    """Return the text that a script's bytes are.

    Raises:
        FileError: they are none, with the place.
    """
    has_mark = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    encoding = _encoding(data[:400].decode("latin-1"), shown)
    try:
        return ScriptText(data.decode(encoding), has_mark)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{shown} is not {encoding.upper()}: byte {data[error.start]:#04x} on line {line}; "
            "save it as UTF-8."
        ) from None


def encode(content: str, shown: str, *, has_mark: bool = False) -> bytes:
    """Return a script's bytes, in the encoding that its text names.

    Raises:
        FileError: the text cannot be written in it, with the place.
    """
    encoding = _encoding(content[:400], shown)
    try:
        data = content.encode(encoding)
    except UnicodeEncodeError as error:
        line = content.count("\n", 0, error.start) + 1
        raise FileError(
            f"{shown} cannot be written as {encoding.upper()}: the character on line {line} does "
            "not exist in it; change the script's coding line to utf-8."
        ) from None
    return codecs.BOM_UTF8 + data if has_mark else data


def _encoding(head: str, shown: str) -> str:
    lines = re.split(r"\r\n|\n|\r", head.removeprefix(_MARK), maxsplit=2)[:2]
    for number, line in enumerate(lines):
        if found := _DECLARED.match(line):
            try:
                name = codecs.lookup(found[1]).name
                "".encode(name)
            except LookupError:
                raise FileError(
                    f"{shown} names the encoding {found[1]} on line {number + 1}, which does not "
                    "exist; change that line."
                ) from None
            return name
        if not line.lstrip().startswith("#") and line.strip():
            break
    return "utf-8"
