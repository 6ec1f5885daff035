"""Waiting for runs, and their results as an answer.

Owns when a tool stops waiting, and the form of its answer. It must not know which tool waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from cellbridge.core.output.escapes import label
from cellbridge.core.runs.runs import InputRequest, Run, RunState
from cellbridge.mcp import bounds, words
from cellbridge.mcp.answers import Answer, RefusedError
from cellbridge.mcp.call import Call
from cellbridge.mcp.images import run_images
from cellbridge.mcp.outputs import RunOutputs, output_blocks
from cellbridge.mcp.scripts import OpenScript

_RUNS = 30
"""Runs in one answer."""
_REPORT_SECONDS = 5.0
"""Seconds between reports to the client while a call waits."""


async def results(
    call: Call,
    script: OpenScript,
    run_ids: Sequence[str],
    seconds: float,
    *,
    answered: InputRequest | None = None,
) -> Answer:
    """Wait for runs, at most ``seconds``; return their states and outputs.

    It waits no longer when all have ended, or one of them waits for input, other than ``answered``.
    """
    call.runs += [run_id for run_id in run_ids if run_id not in call.runs]
    now = asyncio.get_running_loop().time
    begun = now()
    end, report = begun + seconds, begun + _REPORT_SECONDS
    while now() < end:
        script.changed.clear()
        if script.notebook.refusal:
            raise RefusedError(f"{script.notebook.refusal} Your running code continues.")
        if _is_over(runs := _present(script, run_ids), answered):
            break
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min(end, report)):
                await script.changed.wait()
        if now() >= report:
            await call.report(now() - begun, _progress(runs))
            report = now() + _REPORT_SECONDS
    return await describe(call, script, run_ids)


def _is_over(runs: Sequence[Run], answered: InputRequest | None) -> bool:
    """Return True if all runs have ended, or one waits for another input than ``answered``."""
    waiting = any(run.waiting is not None and run.waiting != answered for run in runs)
    return waiting or all(run.state.final for run in runs)


def _present(script: OpenScript, run_ids: Sequence[str]) -> list[Run]:
    known = script.notebook.runs
    return [known[run_id] for run_id in run_ids if run_id in known]


def _progress(runs: Sequence[Run]) -> str:
    """Return the state of the first of these runs that has not ended."""
    run = next(run for run in runs if not run.state.final)
    return f"{words.place(run)} is {words.state(run, agent=run.client)}"


async def describe(call: Call, script: OpenScript, run_ids: Sequence[str]) -> Answer:
    """Return the present states and outputs of runs."""
    views = script.notebook.run_views(run_ids)
    steps = _next_steps(script, [view.run for view in views])
    if gone := len(run_ids) - len(views):
        steps.append(f"{gone} of the runs no longer exist: their cells have been run again.")
    left = len(views) - _RUNS
    if left > 0:
        # The first ones that are not just ok; their order stays.
        first = sorted(views, key=lambda view: view.run.state is RunState.OK)[:_RUNS]
        kept = {view.run.id for view in first}
        views = [view for view in views if view.run.id in kept]
        steps.append(f"{left} more runs are not shown; call overview for their states.")
    heads = [_head(view.run, call.agent) for view in views]
    room = call.room - sum(bounds.size(text) + 2 for text in (*heads, *steps))
    outputs = output_blocks([RunOutputs.of(view) for view in views], room)
    blocks = ["\n".join(filter(None, pair)) for pair in zip(heads, outputs, strict=True)]
    return Answer("\n\n".join([*blocks, *steps]), await run_images(script.notebook, views))


def _head(run: Run, agent: str) -> str:
    """Return the lines about a run above its outputs."""
    line = f"{words.place(run)} · run {run.id} · {words.state(run, agent=agent)}"
    return f"{line}\n{label(run.note)}" if run.note else line


def _next_steps(script: OpenScript, runs: Sequence[Run]) -> list[str]:
    """Return the sentences on the calls that continue or end runs."""
    waiting = [run for run in runs if run.waiting]
    if waiting:
        run = waiting[0].id
        return [f"Run {run} waits for a line of input. Call answer_input with it, or interrupt."]
    if any(not run.state.final for run in runs):
        return ["Not all have ended. Call wait to get the rest, or interrupt to end them."]
    message = script.notebook.kernel.message
    lost = any(run.state in {RunState.LOST, RunState.CANCELLED} for run in runs)
    named = any(run.note == message for run in runs)
    return [label(message)] if lost and message and not named else []
