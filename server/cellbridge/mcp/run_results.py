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
from cellbridge.mcp.answers import Answer
from cellbridge.mcp.call import Call
from cellbridge.mcp.images import run_images
from cellbridge.mcp.outputs import RunOutputs, output_blocks
from cellbridge.mcp.scripts import OpenScript


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
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _wait(script, run_ids, answered)
    return await describe(call, script, run_ids)


async def _wait(script: OpenScript, run_ids: Sequence[str], answered: InputRequest | None) -> None:
    while True:
        script.changed.clear()
        runs = _present(script, run_ids)
        if all(run.state.final for run in runs) or any(
            run.waiting and run.waiting != answered for run in runs
        ):
            return
        await script.changed.wait()


def _present(script: OpenScript, run_ids: Sequence[str]) -> list[Run]:
    known = script.notebook.runs
    return [known[run_id] for run_id in run_ids if run_id in known]


async def describe(call: Call, script: OpenScript, run_ids: Sequence[str]) -> Answer:
    """Return the present states and outputs of runs."""
    views = script.notebook.run_views(run_ids)
    heads = [_head(view.run, call.agent) for view in views]
    steps = _next_steps(script, [view.run for view in views])
    if gone := len(run_ids) - len(views):
        steps.append(f"{gone} of the runs no longer exist: their cells have been run again.")
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
    status = script.notebook.kernel
    lost = any(run.state in {RunState.LOST, RunState.CANCELLED} for run in runs)
    return [label(status.message)] if lost and status.message else []
