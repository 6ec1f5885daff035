"""The interpreter's switch interval during queries, in this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from cellbridge.kernel.probe.switch_interval import TURN, SharedInterval
from support.patience import PATIENCE


class Heard(SharedInterval):
    """Reports the restoration of the interval."""

    def __init__(self, hold: float) -> None:
        super().__init__(hold)
        self.given = threading.Event()

    def restore(self) -> None:
        super().restore()
        self.given.set()


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.004)
    yield
    sys.setswitchinterval(before)


def test_the_interval_is_given_back_when_nobody_asks_any_more() -> None:
    sharing = Heard(0.01)
    for _ in range(2):
        sharing.given.clear()
        sharing.shorten()
        assert sharing.given.wait(PATIENCE)
        assert sys.getswitchinterval() == pytest.approx(0.004)


def test_it_is_short_meanwhile_and_a_cell_may_set_its_own() -> None:
    sharing = Heard(PATIENCE)
    sharing.shorten()
    assert sys.getswitchinterval() == pytest.approx(TURN)
    sys.setswitchinterval(0.003)
    sharing.shorten()
    assert sys.getswitchinterval() == pytest.approx(TURN)
    sharing.restore()
    assert sys.getswitchinterval() == pytest.approx(0.003)
    sys.setswitchinterval(0.0001)
    sharing.shorten()
    sharing.restore()
    assert sys.getswitchinterval() == pytest.approx(0.0001)
