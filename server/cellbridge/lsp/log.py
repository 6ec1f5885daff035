"""The language server's log: where it lies, and what goes into it.

Owns the log file. It must not write to the standard output, which belongs to the protocol.
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


def log_path() -> Path:
    """The log file; named in every message that sends a person there."""
    return data_root() / "lsp.log"


def start_logging() -> None:
    """Send what is logged to the file, private to the user; to nowhere if it cannot be written.

    pygls writes whole messages at INFO, which would cost time and put a person's text on disk, so
    from libraries only warnings are kept.
    """
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("cellbridge").setLevel(os.environ.get("CELLBRIDGE_LOG", "INFO").upper())
    try:
        make_private(data_root())
        handler: logging.Handler = RotatingFileHandler(
            log_path(),
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
