"""The reading of a script from disk, for clients without an editor.

Owns the definition of a valid script. It must not know the clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text

_BYTE_ORDER_MARK = "\ufeff"


class ScriptFileError(Exception):
    """A file is not a script; one sentence states the reason and what to do next."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is on disk."""

    given: str
    """The path as the user typed it, for messages."""
    path: Path
    """The absolute path."""
    text: Text
    cells: Cells

    def tags(self, index: int) -> frozenset[str]:
        """Return Jupyter's tags of the cell ``index``."""
        return self.cells[index].tags


def read_script(path: Path) -> Script:
    """Return the script at ``path``.

    Raises:
        ScriptFileError: the file does not exist, or is not text.
    """
    given = str(path)
    try:
        content = path.read_bytes().decode()
    except FileNotFoundError:
        raise ScriptFileError(f"{given} does not exist; check the path.") from None
    except IsADirectoryError:
        raise ScriptFileError(f"{given} is a directory; name one of the scripts in it.") from None
    except UnicodeDecodeError as error:
        raise ScriptFileError(
            f"{given} is not UTF-8 (byte {error.start} is {error.object[error.start]:#04x}); "
            "save it as UTF-8."
        ) from None
    except OSError as error:
        raise ScriptFileError(f"{given} cannot be read: {error.strerror or error}.") from None
    if "\0" in content:
        line = content.count("\n", 0, content.index("\0")) + 1
        raise ScriptFileError(f"{given} holds a NUL byte on line {line}, so it is not a script.")
    if path.suffix.lower() == ".ipynb":
        raise ScriptFileError(f"{given} is a notebook file; use a script with # %% cells.")
    text = Text.of(content.removeprefix(_BYTE_ORDER_MARK))
    language = language_of(path.name, None)
    return Script(given, path.absolute(), text, parse(text, language))
