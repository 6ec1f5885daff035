"""Fixtures for every test: private directories, no access to the user's files, no process left.

Helpers belong into tests/support, fixtures of one package next to its tests.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from support.isolation import Isolation

PATIENCE = 30.0
"""Seconds that processes get to end after the last test."""
ISOLATION = Isolation.enter()

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail the run if a kernel, a host or a server that a test started outlives the tests."""
    yield
    if left := ISOLATION.leave(PATIENCE):
        pytest.fail("Left running after the tests (and killed now):\n" + "\n".join(left), False)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open_by_a_module() -> Iterator[None]:
    """Report resources that a module's event loop leaves open, in the module's last test."""
    gc.collect()
    # Present objects are excluded from later collections, which then take milliseconds.
    gc.freeze()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Report open sockets, pipes and tasks in the test that left them open, not in a later one.

    Python warns when it collects them, and warnings are errors.
    """
    yield
    gc.collect()
