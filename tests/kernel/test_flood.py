"""When a flood begins and when it ends."""

from __future__ import annotations

from cellbridge.kernel.channels.flood import REST_MS, ROW, Flood
from cellbridge.kernel.channels.messages import Message

REST = REST_MS / 1000
LINE = Message("iopub", "stream", "", "run", {}, {}, {}, parent={"msg_type": "execute_request"})


def status(of: str) -> Message:
    return Message("iopub", "status", "", "run", {}, {}, {}, parent={"msg_type": of})


def begun() -> tuple[Flood, float]:
    """A flood, and the moment at which it was read last."""
    flood = Flood()
    now = 100.0
    for _ in range(ROW + 2):
        assert not flood.lasts
        flood.read([LINE], now, now)
        now += REST
    assert flood.lasts
    return flood, now


def test_it_goes_on_while_reading_takes_longer_than_the_pause() -> None:
    flood, now = begun()
    for _ in range(3):
        flood.read([LINE] * 500, now, now + 10 * REST)
        now += 11 * REST
        assert flood.lasts


def test_a_pause_ends_it() -> None:
    flood, now = begun()
    flood.read([LINE], now + 3 * REST, now + 3 * REST)
    assert not flood.lasts


def test_the_end_of_a_run_ends_it_and_that_of_a_question_does_not() -> None:
    flood, now = begun()
    flood.read([LINE, status("inspect_request")], now, now)
    assert flood.lasts
    flood.read([LINE, status("execute_request")], now, now)
    assert not flood.lasts
