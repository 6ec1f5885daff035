"""The queue's rules, each as a short story with a clock that the test winds."""

from __future__ import annotations

import msgspec

from cellbridge.core.runs.agents import ClientInfo
from cellbridge.core.runs.queue import NO_REPLY, RunQueue
from cellbridge.core.runs.runs import InputRequest, Origin, Part, RunRequest, RunState


def request(cell: str, *, continue_on_error: bool = False) -> RunRequest:
    return RunRequest(
        cell_id=cell,
        source=cell,
        cell_source=cell,
        origin=Origin("/a.py", 0),
        continue_on_error=continue_on_error,
    )


def queue_of(*cells: str, failing_is_fine: frozenset[str] = frozenset()) -> RunQueue:
    """A queue with one run per cell; the run's id is the cell's."""
    queue = RunQueue()
    for cell in cells:
        queue.add(
            cell, request(cell, continue_on_error=cell in failing_is_fine), ClientInfo("test"), 1.0
        )
    return queue


def check_states(queue: RunQueue, expected: str) -> None:
    assert " ".join(f"{run.id}:{run.state.value}" for run in queue.all()) == expected


def test_runs_go_one_at_a_time_and_in_order() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    assert queue.start_next(2.0) is None
    check_states(queue, "a:running b:queued")
    queue.note_reply("a", RunState.OK, 3.0)
    queue.note_idle("a", 3.5)
    queue.start_next(4.0)
    check_states(queue, "a:ok b:running")


def test_a_run_ends_when_reply_and_idle_have_both_come_in_either_order() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    assert queue.note_idle("a", 3.0) == []
    (ended,) = queue.note_reply("a", RunState.OK, 4.0)
    assert (ended.state, ended.started_at, ended.ended_at) == (RunState.OK, 2.0, 4.0)
    queue.start_next(5.0)
    assert queue.note_reply("b", RunState.OK, 6.0) == []
    (ended,) = queue.note_idle("b", 7.0)
    assert ended.duration == 2.0


def test_a_failing_cell_empties_the_queue_behind_it() -> None:
    queue = queue_of("a", "b", "c")
    queue.start_next(2.0)
    queue.note_idle("a", 3.0)
    changed = queue.note_reply("a", RunState.ERROR, 3.0)
    assert [run.id for run in changed] == ["a", "b", "c"]
    check_states(queue, "a:error b:cancelled c:cancelled")
    assert not queue.busy


def test_what_is_requested_after_a_failure_was_shown_runs() -> None:
    """The error arrives before the cell has ended, and the user may act on it at once."""
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    queue.note_failure("a")
    queue.add("c", request("c"), ClientInfo("test"), 2.5)
    queue.note_reply("a", RunState.ERROR, 3.0)
    queue.note_idle("a", 3.0)
    check_states(queue, "a:error b:cancelled c:queued")
    queue.start_next(4.0)
    queue.add("d", request("d"), ClientInfo("test"), 4.5)
    queue.note_reply("c", RunState.ERROR, 5.0)
    queue.note_idle("c", 5.0)
    check_states(queue, "a:error b:cancelled c:error d:cancelled")


def test_a_cell_that_is_expected_to_fail_lets_the_queue_go_on() -> None:
    queue = queue_of("a", "b", failing_is_fine=frozenset("a"))
    queue.start_next(2.0)
    queue.note_idle("a", 3.0)
    queue.note_reply("a", RunState.ERROR, 3.0)
    check_states(queue, "a:error b:queued")


def test_a_cancelled_run_never_starts_and_the_running_one_is_not_touched() -> None:
    queue = queue_of("a", "b", "c")
    queue.start_next(2.0)
    assert [run.id for run in queue.cancel(["a", "b"], 3.0)] == ["b"]
    queue.note_reply("a", RunState.OK, 4.0)
    queue.note_idle("a", 4.0)
    queue.start_next(5.0)
    check_states(queue, "a:ok b:cancelled c:running")


def test_a_run_whose_idle_is_lost_is_ended_and_marked() -> None:
    queue = queue_of("a")
    queue.start_next(2.0)
    assert queue.give_up("a", 3.0) == []
    queue.note_reply("a", RunState.OK, 4.0)
    (ended,) = queue.give_up("a", 6.0)
    assert (ended.state, ended.truncated) == (RunState.OK, True)


def test_a_run_whose_reply_is_lost_is_ended_and_the_rest_with_it() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    queue.note_idle("a", 4.0)
    assert queue.give_up("b", 6.0) == []
    ended, behind = queue.give_up("a", 6.0)
    assert (ended.state, ended.note) == (RunState.CANCELLED, NO_REPLY)
    assert behind.state is RunState.CANCELLED


def test_the_kernels_death_loses_the_running_cell_and_cancels_the_rest() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    lost, cancelled = queue.lose_running("The kernel died.", 3.0)
    assert (lost.state, lost.note, lost.truncated) == (RunState.LOST, "The kernel died.", True)
    assert cancelled.state is RunState.CANCELLED
    assert queue.lose_running("again", 4.0) == []


def test_messages_about_other_runs_end_nothing() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    assert queue.note_reply("b", RunState.OK, 3.0) == []
    assert queue.note_idle("b", 3.0) == []
    assert queue.request_input("nobody", "?", password=False) is None
    check_states(queue, "a:running b:queued")


def test_waiting_for_input_is_part_of_the_running_state_and_ends_with_it() -> None:
    queue = queue_of("a")
    queue.start_next(2.0)
    for number in (1, 2):
        waiting = queue.request_input("a", "Name? ", password=False)
        assert waiting is not None
        assert waiting.waiting == InputRequest("Name? ", number=number)
    assert queue.note_input_sent("a") is not None
    assert queue.note_input_sent("a") is None
    queue.request_input("a", "Name? ", password=False)
    queue.note_reply("a", RunState.ERROR, 3.0)
    (ended,) = queue.note_idle("a", 3.0)
    assert ended.waiting is None


def test_another_clients_run_is_labelled_and_waits_for_nobody() -> None:
    queue = queue_of("a")
    queue.start_next(2.0)
    assert queue.begin_foreign("x", "1 / 0", 2.5).client == "another client of the kernel"
    check_states(queue, "a:running x:running")
    (ended,) = queue.end_foreign("x", failed=True, now=3.0)
    assert (ended.state, ended.duration) == (RunState.ERROR, 0.5)
    assert queue.end_foreign("a", failed=True, now=3.0) == []
    queue.begin_foreign("y", "", 4.0)
    queue.lose_running("gone", 5.0)
    check_states(queue, "a:lost x:error y:lost")
    assert queue.foreign_beyond(1) == ["x"]


def test_a_new_run_of_a_cell_replaces_its_ended_ones() -> None:
    queue = queue_of("a")
    queue.start_next(2.0)
    queue.note_reply("a", RunState.OK, 3.0)
    queue.note_idle("a", 3.0)
    queue.add("a2", request("a"), ClientInfo("test"), 4.0)
    again = queue.start_next(5.0)
    assert again is not None
    assert queue.superseded(again) == ["a"]
    queue.forget(["a", "a2"])
    check_states(queue, "a2:running")


def test_runs_of_a_host_that_ended_are_lost_and_cancelled_when_the_next_reads_them() -> None:
    before = queue_of("a", "b", "c")
    before.start_next(2.0)
    before.note_reply("a", RunState.OK, 3.0)
    before.note_idle("a", 3.0)
    before.start_next(4.0)
    after = RunQueue()
    assert [run.id for run in after.restore(before.all(), 9.0)] == ["b", "c"]
    check_states(after, "a:ok b:lost c:cancelled")
    assert not after.busy


def test_a_run_that_goes_on_under_the_next_host_ends_marked() -> None:
    before = queue_of("a", "b")
    before.start_next(2.0)
    before.request_input("a", "? ", password=False)
    after = RunQueue()
    after.restore(before.all(), 9.0, still_running="a")
    check_states(after, "a:running b:cancelled")
    asked = after.request_input("a", "? ", password=False)
    assert asked is not None
    assert asked.waiting == InputRequest("? ", number=2)
    after.note_reply("a", RunState.OK, 10.0)
    (ended,) = after.note_idle("a", 10.0)
    assert (ended.state, ended.truncated, ended.waiting) == (RunState.OK, True, None)


def test_what_is_asked_for_after_an_interrupt_runs_although_the_interrupted_cell_fails() -> None:
    queue = queue_of("a", "b")
    queue.start_next(2.0)
    queue.empty_for_interrupt(3.0)
    queue.add("c", request("c"), ClientInfo("test"), 3.5)
    queue.note_reply("a", RunState.ERROR, 4.0)
    queue.note_idle("a", 4.0)
    check_states(queue, "a:error b:cancelled c:queued")
    assert queue.empty_for_interrupt(5.0) != []


def test_a_run_of_selected_lines_keeps_the_run_of_its_cell() -> None:
    queue = RunQueue()
    for name, part in [("cell", None), ("part", Part(0, 0)), ("again", Part(0, 0))]:
        given = msgspec.structs.replace(request("a"), part=part)
        queue.add(name, given, ClientInfo("test"), 1.0)
        run = queue.start_next(2.0, "kernel")
        assert run is not None
        assert run.life == "kernel"
        assert queue.superseded(run) == (["part"] if name == "again" else [])
        queue.note_idle(name, 3.0)
        queue.note_reply(name, RunState.OK, 3.0)
    assert queue.outdated() == ["part"]


def test_an_exit_empties_the_queue_behind_it_without_a_failure() -> None:
    queue = queue_of("a", "b", "c", failing_is_fine=frozenset("c"))
    queue.start_next(2.0)
    queue.note_end("a", 0, interrupted=False)
    queue.note_idle("a", 3.0)
    queue.note_reply("a", RunState.OK, 3.0)
    check_states(queue, "a:ok b:cancelled c:cancelled")
    (run,) = (run for run in queue.all() if run.id == "a")
    assert (run.exit_code, run.note) == (
        0,
        "The cell ended with sys.exit(). The kernel is still running.",
    )
