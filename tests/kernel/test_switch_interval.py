"""The interpreter's turns while somebody asks, in this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from cellbridge.kernel.probe.switch_interval import TURN, Sharing
from support.patience import PATIENCE


class Heard(Sharing):
    """Tells when the interval was given back."""

    def __init__(self, hold: float) -> None:
        super().__init__(hold)
        self.given = threading.Event()

    def give_back(self) -> None:
        super().give_back()
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
        sharing.asked()
        assert sharing.given.wait(PATIENCE)
        assert sys.getswitchinterval() == pytest.approx(0.004)


def test_it_is_short_meanwhile_and_a_cell_may_set_its_own() -> None:
    sharing = Heard(PATIENCE)
    sharing.asked()
    assert sys.getswitchinterval() == pytest.approx(TURN)
    sys.setswitchinterval(0.003)
    sharing.asked()
    assert sys.getswitchinterval() == pytest.approx(TURN)
    sharing.give_back()
    assert sys.getswitchinterval() == pytest.approx(0.003)
    sys.setswitchinterval(0.0001)
    sharing.asked()
    sharing.give_back()
    assert sys.getswitchinterval() == pytest.approx(0.0001)
