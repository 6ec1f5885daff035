"""The reader of a notebook's store while no session runs.

Owns reading the whole store. It never raises because of the content: unreadable parts are missing,
and a notice reports them.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cellbridge.core.output.outputs import Output
from cellbridge.core.output.plots import PlotImage, PlotList
from cellbridge.core.widgets.messages import WidgetMessage
from cellbridge.session.messages import RunView, StoredCell
from cellbridge.session.store import faults
from cellbridge.session.store.store import Store

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredContent:
    """The content of a store."""

    cells: list[StoredCell] = field(default_factory=list[StoredCell])
    """The document's cells as they were last stored."""
    runs: list[RunView] = field(default_factory=list[RunView])
    """Every run with its outputs in bounded form, oldest first."""
    notices: list[str] = field(default_factory=list[str])
    """Messages about parts that could not be read."""


def read_content(path: Path) -> StoredContent:
    """Return the content of the store at ``path``; empty if there is no store."""
    try:
        if not path.exists():
            return StoredContent()
        with closing(Store.open_for_reading(path)) as store:
            cells, runs = store.cells(), store.runs()
            notices = [faults.unread_message(store.unread, path)] if store.unread else []
            return StoredContent(cells, runs, notices)
    except (sqlite3.Error, OSError) as error:
        log.info("The store %s cannot be read: %s", path, error)
        return StoredContent(
            notices=[faults.not_read_message(faults.classify(error, path), path, error)]
        )


def read_cells(path: Path) -> list[StoredCell]:
    """Return the cells in a store; empty if they cannot be read."""
    return _read(path, Store.cells)


def read_outputs(path: Path, run: str) -> list[Output]:
    """Return the outputs of a run with their whole texts; empty if they cannot be read."""
    return _read(path, lambda store: store.outputs(run))


def read_widgets(path: Path) -> list[WidgetMessage]:
    """Return the stored states of widgets; none if they cannot be read."""
    return _read(path, Store.widgets)


def read_plots(path: Path) -> PlotList:
    """Return the history of plots, without the images; empty if it cannot be read."""
    return next(iter(_read(path, lambda store: [store.plots()])), PlotList())


def read_plot(path: Path, plot_id: str) -> PlotImage | None:
    """Return an image of the history; None if it is not kept, or cannot be read."""
    return next(iter(_read(path, lambda store: [store.plot_image(plot_id)])), None)


def _read(path: Path, read: Callable[[Store], list[T]]) -> list[T]:
    store = Store.open_if_readable(path)
    if store is None:
        return []
    try:
        with closing(store):
            return read(store)
    except sqlite3.Error as error:
        log.info("The store %s cannot be read: %s", path, error)
        return []
