"""The files about agents next to a script's outputs: the permission, and the log of calls."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellbridge.session import agent_log, agent_permission, locations
from cellbridge.session.agent_log import CUT, AgentCall, Outcome
from cellbridge.session.agent_names import AgentNames
from cellbridge.session.errors import SessionError
from cellbridge.session.locations import Location


@pytest.fixture
def place(tmp_path: Path) -> Location:
    location = locations.of_script(tmp_path / "script.py")
    return dataclasses.replace(location, data=tmp_path / "data")


def test_a_permission_is_remembered_until_it_is_withdrawn(place: Location) -> None:
    assert not agent_permission.read(place)
    agent_permission.write(place, allowed=False)
    agent_permission.write(place, allowed=True)
    assert agent_permission.read(place)
    agent_permission.write(place, allowed=False)
    assert not agent_permission.read(place)


def test_a_permission_that_is_a_link_or_another_text_is_none(place: Location) -> None:
    agent_permission.write(place, allowed=True)
    (file,) = place.data.iterdir()
    aside = file.rename(file.with_name("aside"))
    file.symlink_to(aside)
    assert not agent_permission.read(place)
    file.unlink()
    file.write_text("yes")
    assert not agent_permission.read(place)


def test_a_permission_that_cannot_be_stored_is_reported(place: Location) -> None:
    agent_permission.write(place, allowed=True)
    (file,) = place.data.iterdir()
    file.unlink()
    file.mkdir()  # Unlike the rights of a directory, this stops root, too.
    with pytest.raises(SessionError, match="could not be changed"):
        agent_permission.write(place, allowed=True)


calls = st.builds(
    AgentCall,
    time=st.floats(0, 1e10),
    agent=st.text(),
    tool=st.text(),
    arguments=st.text() | st.text(alphabet="a\n\x00\ud800😀", min_size=1990, max_size=2100),
    outcome=st.sampled_from(Outcome),
    summary=st.text(max_size=400),
    runs=st.lists(st.text(max_size=20), max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(entries=st.lists(calls, max_size=6), limit=st.integers(0, 7))
def test_a_log_returns_its_last_calls_cut_to_their_limits(
    place: Location, entries: list[AgentCall], limit: int
) -> None:
    for file in place.data.glob("*"):
        file.unlink()
    for call in entries:
        agent_log.append(place, call)
    found = agent_log.read(place, limit)
    assert len(found) == min(limit, len(entries))
    for call, read in zip(entries[len(entries) - len(found) :], found, strict=True):
        assert (read.time, read.outcome) == (call.time, call.outcome)
        for text, known in ((call.arguments, read.arguments), (call.summary, read.summary)):
            limit = agent_log.ARGUMENTS_LIMIT if text is call.arguments else agent_log.SUMMARY_LIMIT
            whole = text.encode("utf-8", "replace").decode()
            assert known == whole if len(whole) <= limit else known.endswith(CUT)
            assert len(known) <= limit


def test_a_long_log_keeps_its_newer_half_and_stays_private(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_log, "SIZE_LIMIT", 4000)
    for time in range(200):
        agent_log.append(place, AgentCall(time=time, agent="a", tool="execute", arguments="x" * 50))
    found = [int(call.time) for call in agent_log.read(place, 1000)]
    assert found == list(range(found[0], 200))
    assert 15 < len(found) < 60
    file = place.data / "agents.log"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size < 4200


def test_agents_that_log_at_once_lose_nothing_and_damage_is_passed_over(place: Location) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: agent_log.append(place, AgentCall(time=n, agent=f"a{n % 3}", tool="t")),
                range(60),
            )
        )
    with (place.data / "agents.log").open("ab") as file:
        file.write(b'\xff{"time": 1}\n[[[[\n{"time":7,"agent":"half')
    agent_log.append(place, AgentCall(time=99, agent="b", tool="t"))
    found = [call.time for call in agent_log.read(place, 1000)]
    assert sorted(found[:-1]) == list(range(60))
    assert found[-1] == 99


def test_two_agents_that_run_at_one_time_have_different_names() -> None:
    first, second, third = AgentNames(), AgentNames(), AgentNames()
    try:
        assert first.claim("Twin") == "Twin"
        assert second.claim("Twin") == "Twin (2)"
        assert second.claim("Twin") == "Twin (2)"
        assert second.claim("Another twin") == "Another twin"
        first.release()
        assert third.claim("Twin") == "Twin"
        assert second.claim("Twin") == "Twin (2)"
    finally:
        for names in (first, second, third):
            names.release()


def test_calls_at_one_time_of_one_agent_have_one_name() -> None:
    names = AgentNames()
    try:
        with ThreadPoolExecutor(8) as threads:
            assert {*threads.map(names.claim, ["Same"] * 40)} == {"Same"}
    finally:
        names.release()
