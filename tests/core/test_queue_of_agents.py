"""The queue with runs of the user and of agents: whose runs go first, and whose are cancelled."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.runs.agents import ClientInfo, ClientKind, Scratch
from cellbridge.core.runs.queue import SCRATCH_LIMIT, RunQueue
from cellbridge.core.runs.runs import Origin, Run, RunRequest, RunState
from support.any_text import many

AUTHORS = {
    "user": ClientInfo("user", ClientKind.EDITOR),
    "other": ClientInfo("other", ClientKind.PERSON),
    "A": ClientInfo("A", ClientKind.AGENT),
    "B": ClientInfo("B", ClientKind.AGENT),
}


def request(cell: str, scratch: Scratch = Scratch.NONE) -> RunRequest:
    return RunRequest(
        cell_id=cell, source="", cell_source="", origin=Origin("/a.py", 0), scratch=scratch
    )


def side(run: Run) -> str:
    return run.client if run.agent else "the user"


class Story:
    """A queue, its runs in the order of the requests, and those that have started."""

    def __init__(self) -> None:
        self.queue = RunQueue()
        self.started: list[Run] = []

    def add(self, author: str) -> None:
        number = len(self.queue.all())
        self.queue.add(str(number), request(str(number)), AUTHORS[author], number)

    def waiting(self) -> list[Run]:
        return self.queue.upcoming(0, self.queue.waiting)

    def next(self) -> None:
        before = self.waiting()
        if (run := self.queue.start_next(0.0)) is not None:
            assert run.id == before[0].id
            assert not run.agent or all(other.agent for other in before)
            self.started.append(run)

    def end(self, state: RunState) -> None:
        running = self.queue.running
        if running is None:
            return
        before = {run.id: run for run in self.waiting()}
        self.queue.note_idle(running.id, 0.0)
        changed = self.queue.note_reply(running.id, state, 0.0)
        gone = {run.id for run in changed} - {running.id}
        failed = state is RunState.ERROR and not self.queue.continues_after(running.id)
        expected = {one for one, run in before.items() if failed and side(run) == side(running)}
        assert gone == expected

    def interrupt(self, whose: Callable[[Run], bool] | None) -> None:
        before = self.waiting()
        gone = self.queue.empty_for_interrupt(0.0, whose)
        assert [run.id for run in gone] == [r.id for r in before if whose is None or whose(r)]

    def check(self) -> None:
        waiting = self.waiting()
        # The user's runs first; on either side, in the order of the requests.
        assert [run.agent for run in waiting] == sorted(run.agent for run in waiting)
        for agent in (False, True):
            numbers = [int(run.id) for run in waiting if run.agent is agent]
            assert numbers == sorted(numbers)
        known = {run.id: run.state for run in self.queue.all()}
        assert {run.id for run in waiting} == {
            one for one, state in known.items() if state is RunState.QUEUED
        }
        assert sum(state is RunState.RUNNING for state in known.values()) <= 1


STEPS = st.one_of(
    st.sampled_from(sorted(AUTHORS)).map(lambda author: lambda story: story.add(author)),
    st.just(Story.next),
    st.sampled_from([RunState.OK, RunState.ERROR]).map(lambda state: lambda one: one.end(state)),
    st.sampled_from([None, lambda run: run.agent, lambda run: run.client == "A"]).map(
        lambda whose: lambda story: story.interrupt(whose)
    ),
)


@many
@given(st.lists(STEPS, max_size=40))
def test_each_side_has_its_own_queue_and_the_users_goes_first(
    steps: list[Callable[[Story], None]],
) -> None:
    story = Story()
    for step in steps:
        step(story)
        story.check()
    # Nothing is lost: what was not cancelled runs, each run once.
    while story.queue.busy:
        story.next()
        story.end(RunState.OK)
    states = {run.id: run.state for run in story.queue.all()}
    started = [run.id for run in story.started]
    assert len(started) == len({*started})
    assert {*started} == {one for one, state in states.items() if state is not RunState.CANCELLED}


@pytest.mark.parametrize("scratch", [Scratch.LIVE, Scratch.COPY])
def test_code_outside_the_script_belongs_to_no_cell_and_is_kept_for_a_while(
    scratch: Scratch,
) -> None:
    queue = RunQueue()
    for number in range(SCRATCH_LIMIT + 3):
        run = queue.add(str(number), request("cell", scratch), AUTHORS["A"], 0.0)
        assert (run.cell_id, run.scratch, run.agent, run.client) == ("", scratch, True, "A")
        started = queue.start_next(0.0)
        assert started is not None
        expected = [str(number - SCRATCH_LIMIT - 1)] if number > SCRATCH_LIMIT else []
        assert queue.superseded(started) == expected
        queue.forget(expected)
        queue.note_idle(run.id, 0.0)
        queue.note_reply(run.id, RunState.OK, 0.0)
    assert queue.outdated() == []
    # A run of a cell replaces none of them.
    queue.add("cell", request(""), AUTHORS["user"], 0.0)
    other = queue.start_next(0.0)
    assert other is not None
    assert queue.superseded(msgspec.structs.replace(other)) == []
