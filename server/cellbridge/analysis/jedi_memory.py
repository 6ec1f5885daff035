"""The memory of the jedi worker's process: garbage, the cached trees, and their limits.

Owns all garbage collection in the process, and which of jedi's trees stay cached. It must not know
jobs, nor decide when it is called.

Each answer makes a few megabytes of garbage in cycles, next to the million objects of the cached
trees. A collection of everything takes close to a second, and one of the new objects alone a few
milliseconds. So the survivors of each collection are frozen: they are taken out of the following
ones. Objects that die after they were frozen are found by `collect_all` only.

Invariant: nothing here runs while a job waits, except when the new objects exceed `NEW_LIMIT`.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import shutil
from contextlib import suppress
from typing import Any

import jedi.cache  # pyright: ignore[reportMissingTypeStubs]  # it ships none
import jedi.settings  # pyright: ignore[reportMissingTypeStubs]  # it ships none
import parso.cache

from cellbridge.analysis.memory import memory

NEW_LIMIT = 50_000
"""New objects, about 7 MB, beyond which they are collected although the next job may wait."""
TREE_LIMIT = 150_000
"""Lines of files whose trees stay cached, at about 1.5 KB each; those used last stay."""
_GROWTH = 64 * 2**20
"""Bytes by which the process may grow before everything is collected at the next pause."""
_MEMORY_LIMIT = 500 * 2**20
"""Bytes of memory beyond which this process ends while no job waits; a fresh one takes over."""

_floor = 0
"""The memory after the last collection of everything."""


def begin() -> None:
    """Turn automatic collections off.

    Not by `gc.disable`: parso enables the collector again whenever it has loaded a file. A
    threshold of 0 it leaves alone.
    """
    gc.set_threshold(0)


def keep() -> None:
    """Take all objects of now out of the following collections."""
    global _floor  # noqa: PLW0603 (the process has one memory)
    gc.freeze()
    _floor = memory()


def has_much_new() -> bool:
    """Return True if the objects since the last collection are more than `NEW_LIMIT`."""
    return gc.get_count()[0] > NEW_LIMIT


def has_grown() -> bool:
    """Return True if the process has grown so much that everything should be collected soon."""
    return memory() - _floor > _GROWTH


def collect_new() -> None:
    """Collect the objects that were made since the last collection."""
    gc.collect()
    gc.freeze()


def collect_all() -> None:
    """Forget what exceeds the limits, collect all garbage, and return free memory to the system."""
    jedi.cache.clear_time_caches()
    trim_trees(TREE_LIMIT)
    gc.unfreeze()
    gc.collect()
    _return_free_memory()
    keep()
    if _floor > _MEMORY_LIMIT:
        os._exit(0)


def trim_trees(lines: int) -> None:
    """Forget the trees that were used longest ago, until the others have at most ``lines``."""
    caches: dict[Any, dict[Any, Any]] = parso.cache.parser_cache
    items = [(item, path, cache) for cache in caches.values() for path, item in cache.items()]
    items.sort(key=lambda entry: entry[0].last_used, reverse=True)
    total = 0
    for item, path, cache in items:
        total += len(item.lines or ())
        if total > lines:
            del cache[path]


def forget_tree(path: str | None) -> None:
    """Drop the cached tree of ``path``: an update of it gone wrong spoils every later answer."""
    trees: dict[Any, dict[Any, Any]] = parso.cache.parser_cache
    for by_path in trees.values():
        for known in [known for known in by_path if str(known) == path]:
            del by_path[known]


def forget_damaged_files(error: Exception) -> None:
    """Delete the stored trees if one of them was the cause of an error: jedi does not replace it.

    A process that is killed while it stores a tree leaves a part of the file.
    """
    if isinstance(error, EOFError | pickle.UnpicklingError):
        with suppress(OSError):
            shutil.rmtree(jedi.settings.cache_directory)


def _return_free_memory() -> None:
    """Return freed memory to the system, where the C library can: glibc keeps it otherwise."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
