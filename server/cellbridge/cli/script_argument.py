"""The reading of a script from disk, for commands with a script as argument.

Owns the definition of a valid script. It must not know the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellbridge.cli.errors import CommandError
from cellbridge.core.document.cells import Cells, parse
from cellbridge.core.document.languages import language_of
from cellbridge.core.document.text import Text

_BYTE_ORDER_MARK = "\ufeff"


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


def read(path: Path) -> Script:
    """Return the script at ``path``.

    Raises:
        CommandError: the file does not exist, or is not text.
    """
    given = str(path)
    try:
        content = path.read_bytes().decode()
    except FileNotFoundError:
        raise CommandError(f"{given} does not exist; check the path.") from None
    except IsADirectoryError:
        raise CommandError(f"{given} is a directory; name one of the scripts in it.") from None
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{given} is not UTF-8 (byte {error.start} is {error.object[error.start]:#04x}); "
            "save it as UTF-8."
        ) from None
    except OSError as error:
        raise CommandError(f"{given} cannot be read: {error.strerror or error}.") from None
    if "\0" in content:
        line = content.count("\n", 0, content.index("\0")) + 1
        raise CommandError(f"{given} holds a NUL byte on line {line}, so it is not a script.")
    if path.suffix.lower() == ".ipynb":
        raise CommandError(
            f"{given} is a notebook file; this command takes a script with # %% cells."
        )
    text = Text.of(content.removeprefix(_BYTE_ORDER_MARK))
    language = language_of(path.name, None)
    return Script(given, path.absolute(), text, parse(text, language))
