"""Rules for every test: private directories, nothing of the user touched, no process left.

Helpers belong into tests/support, fixtures of one package next to its tests.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support import blocking, fast_tier
from support.isolation import Isolation

PATIENCE = 30.0
"""Seconds that processes get to end after the last test."""
ISOLATION = Isolation.enter()
REPORTS = blocking.begin(ISOLATION.private)

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only tests without kernel and editor")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--fast"):
        fast_tier.enter()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the files outside the fast tier when `--fast` is given."""
    here = collection_path.is_relative_to(fast_tier.TESTS) and collection_path != fast_tier.TESTS
    slow = config.getoption("--fast") and here and not fast_tier.belongs(collection_path)
    return True if slow else None


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail the run if a kernel, a host or a server that a test started outlives the tests."""
    yield
    if left := ISOLATION.leave(PATIENCE):
        pytest.fail("Left running after the tests (and killed now):\n" + "\n".join(left), False)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open_by_a_module() -> Iterator[None]:
    """Report resources that the event loop of a module leaves open, in the module's last test."""
    gc.collect()
    # Later collections skip the objects that exist now, so each takes milliseconds.
    gc.freeze()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Report sockets, pipes and tasks that are left open in the test that did so, not a later one.

    Python warns when it collects them, and warnings are errors.
    """
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def loops_never_block() -> Iterator[None]:
    """Fail a test in which the event loop of a server or host made a call that may wait."""
    yield
    if found := blocking.take(REPORTS):
        pytest.fail("Blocking calls on an event loop:\n\n" + "\n\n".join(found), False)
