"""The log of a process that an editor starts, such as the language server.

Owns the log file. It must not write to the standard output, which the protocol uses.
"""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cellbridge.session.errors import SessionError
from cellbridge.session.locations import data_root, make_private

_SIZE = 1024 * 1024
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def log_path(command: str) -> Path:
    """Return the log file of ``cellbridge <command>``, to which messages refer the user."""
    return data_root() / f"{command}.log"


def start_logging(command: str) -> None:
    """Log to a private file; if it cannot be written, log nothing.

    pygls logs complete messages at INFO, which would cost time and write the user's text to disk,
    so only warnings of libraries are logged.
    """
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("cellbridge").setLevel(os.environ.get("CELLBRIDGE_LOG", "INFO").upper())
    try:
        make_private(data_root())
        handler: logging.Handler = RotatingFileHandler(
            log_path(command),
            maxBytes=_SIZE,
            backupCount=1,
            encoding="utf-8",
            errors="replace",
            delay=True,
        )
    except (OSError, SessionError, ValueError):
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
