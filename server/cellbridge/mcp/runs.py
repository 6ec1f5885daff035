"""The tools that run code, wait for it, answer it and end it.

Owns these tools. An agent acts only on its own runs: those of the user and of other agents are not
answered, and not interrupted.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cellbridge.core.output.escapes import label
from cellbridge.core.runs.agents import Scratch
from cellbridge.core.runs.runs import Run, RunState
from cellbridge.mcp import words
from cellbridge.mcp.answers import Answer, RefusedError, ToolError
from cellbridge.mcp.bounds import WAIT_SECONDS
from cellbridge.mcp.call import Call
from cellbridge.mcp.named_cells import find_read_cells
from cellbridge.mcp.run_results import results
from cellbridge.mcp.scripts import OpenScript
from cellbridge.mcp.tool import Effect, ScriptArguments, Tool

_END_SECONDS = 5.0
"""Seconds that an interrupted run gets to end before the answer."""

Seconds = Annotated[
    float,
    Meta(
        ge=0,
        le=WAIT_SECONDS,
        description="Seconds to wait for the end; after that, call wait for the rest.",
    ),
]
RunId = Annotated[str, Meta(description="Id of a run, as in the answers.")]


class RunCells(ScriptArguments, frozen=True, kw_only=True):
    """The arguments of ``run_cells``."""

    ids: Annotated[list[str], Meta(min_length=1, description="Ids of the cells, in running order.")]
    hashes: Annotated[
        list[str],
        Meta(
            description="For each id, the hash of the cell's text that you read. If the text has "
            "changed since, nothing is run and the answer has the present text."
        ),
    ]
    wait_seconds: Seconds = 30


class Execute(ScriptArguments, frozen=True, kw_only=True):
    """The arguments of ``execute``."""

    code: Annotated[str, Meta(description="The code. It does not become part of the script.")]
    copy: Annotated[
        bool,
        Meta(
            description="True: names that the code binds or deletes are restored after it. Objects "
            "that it changes in place stay changed."
        ),
    ] = False
    wait_seconds: Seconds = 30


class Wait(ScriptArguments, frozen=True, kw_only=True):
    """The arguments of ``wait``."""

    runs: Annotated[
        list[str], Meta(description="Ids of runs; without any, all of yours that have not ended.")
    ] = msgspec.field(default_factory=list[str])
    wait_seconds: Seconds = 30


class AnswerInput(ScriptArguments, frozen=True, kw_only=True):
    """The arguments of ``answer_input``."""

    run: RunId
    text: Annotated[str, Meta(description="The line of text, without its end of line.")]
    wait_seconds: Seconds = 30


async def run_cells(call: Call, arguments: RunCells) -> Answer:
    """Run cells of the script whose texts the agent has read."""
    script = await call.open(arguments.script)
    indexes = find_read_cells(script, arguments.ids, arguments.hashes)
    run_ids = await script.notebook.start_cells(indexes)
    if not run_ids:
        return Answer("Nothing was run: these cells hold no code.")
    return await results(call, script, run_ids, arguments.wait_seconds)


async def execute(call: Call, arguments: Execute) -> Answer:
    """Run code that is not in the script."""
    script = await call.open(arguments.script, text=False)
    if not arguments.code.strip():
        raise ToolError("There is no code to run. Give it as the argument code.")
    scratch = Scratch.COPY if arguments.copy else Scratch.LIVE
    run_id = await script.notebook.start_code(arguments.code, scratch)
    return await results(call, script, [run_id], arguments.wait_seconds)


async def wait(call: Call, arguments: Wait) -> Answer:
    """Wait for runs, and return their results."""
    script = await call.open(arguments.script, text=False)
    run_ids = arguments.runs or [run.id for run in _unfinished(script, call.agent)]
    if not run_ids:
        return Answer("None of your runs is waiting or running.")
    return await results(call, script, run_ids, arguments.wait_seconds)


async def interrupt(call: Call, arguments: ScriptArguments) -> Answer:
    """End the agent's own runs."""
    script = await call.open(arguments.script, text=False)
    unfinished = _unfinished(script, call.agent)
    if not unfinished:
        raise RefusedError(
            "None of your runs is waiting or running, so nothing was interrupted. Runs of others "
            "are theirs to end."
        )
    run_ids = [run.id for run in unfinished]
    if any(run.state is RunState.RUNNING for run in unfinished):
        await script.notebook.interrupt()
    else:
        await script.notebook.cancel(run_ids)
    asked = next((run.waiting for run in unfinished if run.waiting), None)
    return await results(call, script, run_ids, _END_SECONDS, answered=asked)


async def answer_input(call: Call, arguments: AnswerInput) -> Answer:
    """Answer a run of the agent that waits for a line of input."""
    script = await call.open(arguments.script, text=False)
    run = script.notebook.runs.get(arguments.run)
    if run is None or run.waiting is None:
        raise ToolError(f"Run {label(arguments.run)} does not wait for input; nothing was sent.")
    if run.agent_name != call.agent:
        raise RefusedError(
            f"Run {run.id} was started by {words.author(run)}, who has to answer it."
        )
    await script.notebook.answer_input(run.id, arguments.text)
    return await results(call, script, [run.id], arguments.wait_seconds, answered=run.waiting)


def _unfinished(script: OpenScript, agent: str) -> list[Run]:
    runs = script.notebook.runs.values()
    return [run for run in runs if not run.state.final and run.agent_name == agent]


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "run_cells",
        "Run Cells",
        "Run cells of the script in its session, which the user and other agents share. Returns "
        "each run's state and outputs. Runs of the user go first.",
        RunCells,
        run_cells,
        Effect.RUNS,
    ),
    Tool(
        "execute",
        "Execute Code",
        "Run code that is not in the script, with the variables of its session, for example to "
        "examine a value. The user sees the run. To change the script, edit its file instead.",
        Execute,
        execute,
        Effect.RUNS,
    ),
    Tool(
        "wait",
        "Wait for Runs",
        "Wait for runs that have not ended. Returns each run's state and outputs.",
        Wait,
        wait,
    ),
    Tool(
        "interrupt",
        "Interrupt",
        "Interrupt your running code, and cancel your waiting runs. Runs of others stay.",
        ScriptArguments,
        interrupt,
        Effect.RUNS,
    ),
    Tool(
        "answer_input",
        "Answer Input",
        "Send a line of text to one of your runs that waits for input.",
        AnswerInput,
        answer_input,
        Effect.RUNS,
    ),
)
