"""The texts of lenses and hints."""

from __future__ import annotations

from typing import Any

import pytest

from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.runs.debug_status import Stop
from cellbridge.core.runs.runs import InputRequest, Origin, Run, RunState
from cellbridge.lsp import status_text

RESULT = Display({"text/plain": "42"}, count=3)
FAILURE = Failure("ValueError", "no such thing")
PRINTED = Stream("stdout", "a\nb\n", 4, 2)


def run(state: RunState, **more: Any) -> Run:
    origin = Origin("/a.py", 0)
    return Run(id="r", cell_id="c", source="", cell_source="", origin=origin, state=state, **more)


def by_agent(state: RunState, **more: Any) -> Run:
    return run(state, **{"client": "Claude\x1b[31m Code", "agent": True, **more})


LONG = (f"· {'a' * 23}…", f"({'a' * 23}…)")
"""A name of 99 letters in a lens and in a hint."""


@pytest.mark.parametrize(
    ("given", "outputs", "mark", "lens", "hint"),
    [
        (run(RunState.QUEUED), [], "", "queued", "… queued"),
        (run(RunState.RUNNING), [], "", "… running", "… running"),
        (run(RunState.RUNNING), [PRINTED], "", "… running", "… 2 lines"),
        (
            run(RunState.RUNNING, waiting=InputRequest("Name: ")),
            [],
            "",
            "… waits for input: Name",
            "… waits for input: Name",
        ),
        (run(RunState.RUNNING, waiting=InputRequest("")), [], "", *["… waits for input"] * 2),
        (
            run(RunState.OK, count=3, started_at=1.0, ended_at=1.4),
            [RESULT],
            "",
            "✓ 3 · 0.4 s",
            "→ 42",
        ),
        (run(RunState.OK, count=3), [RESULT], "stale", "✓ 3 · stale", "→ 42 (stale)"),
        (run(RunState.OK), [], "", "✓", "✓"),
        (run(RunState.ERROR), [FAILURE], "", "✗ ValueError", "✗ ValueError: no such thing"),
        (run(RunState.ERROR), [], "", "✗ failed", "✗"),
        (run(RunState.ERROR, interrupted=True), [FAILURE], "", *["✗ interrupted"] * 2),
        (run(RunState.OK, count=3, exit_code=0), [], "", "✓ 3 · exited", "✓ exited"),
        (run(RunState.OK, exit_code=0), [PRINTED], "", "✓ · exited", "→ 2 lines"),
        (
            run(RunState.OK, count=3),
            [RESULT],
            "earlier kernel",
            "✓ 3 · earlier kernel",
            "→ 42 (earlier kernel)",
        ),
        (run(RunState.CANCELLED), [], "", "cancelled", "cancelled"),
        (
            run(RunState.OK, count=3, truncated=True),
            [PRINTED],
            "",
            "✓ 3 · incomplete",
            "→ 2 lines · output incomplete",
        ),
        (run(RunState.ERROR, note="Too long."), [], "", "✗ failed", "✗ Too long."),
        (run(RunState.LOST), [PRINTED], "", "✗ kernel lost", "✗ kernel lost 2 lines"),
        (by_agent(RunState.QUEUED), [], "", "queued · Claude Code", "… queued (Claude Code)"),
        (
            by_agent(RunState.RUNNING),
            [],
            "",
            "… running · Claude Code",
            "… running (Claude Code)",
        ),
        (
            by_agent(RunState.RUNNING, waiting=InputRequest("Name: ")),
            [],
            "",
            "… waits for input: Name · Claude Code",
            "… waits for input: Name (Claude Code)",
        ),
        (
            by_agent(RunState.OK, count=3, started_at=1.0, ended_at=1.3),
            [RESULT],
            "stale",
            "✓ 3 · 0.3 s · Claude Code · stale",
            "→ 42 (Claude Code · stale)",
        ),
        (by_agent(RunState.OK, client="\x1b[31m"), [], "", "✓ · agent", "✓ (agent)"),
        (by_agent(RunState.OK, client="a" * 99), [], "", *[f"✓ {name}" for name in LONG]),
    ],
)
def test_each_state_has_a_text(
    given: Run, outputs: list[Output], mark: str, lens: str, hint: str
) -> None:
    assert status_text.state(given, outputs, mark=mark) == lens
    assert status_text.hint(given, outputs, mark=mark, limit=80) == hint


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (Stop("step", 1, "/a.py", 4), "stopped at line 5"),
        (Stop("step", 1, "/a.py"), "stopped"),
        (Stop("step", 1, "/elsewhere.py", 4, cell="c"), "stopped at line 5"),
        (Stop("step", 1, "/lib/helpers.py", 4), "stopped in helpers.py, line 5"),
        (Stop("pause", 1), "stopped"),
        (None, ""),
    ],
)
def test_code_that_has_stopped_tells_its_line_and_no_time(stop: Stop | None, said: str) -> None:
    assert status_text.stopped(stop, "/a.py") == said
    at_work = run(RunState.RUNNING, started_at=0.0)
    words = said or "running 12 s"
    assert status_text.state(at_work, [], now=12.0, stop=said) == f"… {words}"
    assert status_text.hint(at_work, [], limit=40, now=12.0, stop=said) == f"… {words}"
    printed = Stream("stdout", "x" * 100, 100, 0)
    shown = status_text.hint(at_work, [printed], limit=60, now=12.0, stop=said)
    assert shown.endswith(f"xx… · {said or '12 s'}")
    assert status_text.state(run(RunState.OK), [], stop=said) == "✓"


def test_hints_keep_to_their_limit() -> None:
    long = Display({"text/plain": "x" * 500}, count=1)
    assert len(status_text.hint(run(RunState.OK), [long], mark="stale", limit=40)) == 40


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [(0.9, ""), (1.0, "1 s"), (2.99, "2 s"), (61.5, "1 min 1 s"), (3700, "1 h 1 min")],
)
def test_a_running_time_is_shown_in_whole_seconds(elapsed: float, said: str) -> None:
    at_work = run(RunState.RUNNING, started_at=100.0)
    assert status_text.running(at_work, 100.0 + elapsed) == said
    assert status_text.state(at_work, [], now=100.0 + elapsed) == f"… running {said}".rstrip()
    shown = status_text.hint(at_work, [PRINTED], limit=40, now=100.0 + elapsed)
    assert shown == (f"… 2 lines · {said}" if said else "… 2 lines")


def test_a_long_hint_keeps_the_running_time() -> None:
    at_work = run(RunState.RUNNING, started_at=0.0)
    printed = Stream("stdout", "x" * 100, 100, 0)
    shown = status_text.hint(at_work, [printed], limit=30, now=12.0)
    assert (len(shown), shown[-9:]) == (30, "xx… · 12 s"[-9:])


@pytest.mark.parametrize(("cells", "whose"), [(1, "oldest removed cell"), (3, "3 oldest removed")])
def test_deleted_outputs_are_reported_with_advice(cells: int, whose: str) -> None:
    said = status_text.forgotten_outputs_message("/home/ada/script.py", cells, 500)
    assert said.startswith("The outputs of script.py took more than 500 MB, ")
    assert whose in said
    assert "cellbridge.outputs.limit" in said
