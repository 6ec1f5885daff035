"""The behaviour of ipykernel on which our ways of querying depend; a change shows here.

Each fact is tested with the installed ipykernel without the probe: these facts are why queries go
to the probe, and never as a second ``execute_request``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio

from cellbridge.kernel.channels.messages import Message
from cellbridge.kernel.find import specs
from support.kernels import Bench, running
from support.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAITS = "print('on', flush=True)\ninput('go')"
"""A cell that runs until the test lets it continue."""

ONE_CALL = """
import time
def call(n): re.match('(a?){%d}(a){%d}$' % (n, n), 'a' * n)
n = took = 0
while took < 0.4:
    n, s = n + 1, time.time()
    call(n)
    took = time.time() - s
print('on', flush=True)
s = time.time()
call(n + 3)
e = time.time()
"""
"""A call into C of one to three seconds, on any machine: each step takes twice as long."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    backend = "module://matplotlib_inline.backend_inline"
    async with running(specs.find(None, "python"), MPLBACKEND=backend) as started:
        await started.run("%matplotlib inline\nimport matplotlib.pyplot as plt, re")
        yield started


async def asked(bench: Bench, msg_type: str, **content: Any) -> Message | None:
    """Send a request on the control channel."""
    life = bench.kernel._life
    assert life is not None
    return await life.requests.query("control", msg_type, content, PATIENCE)


async def executed(bench: Bench, code: str) -> Message | None:
    """Run code next to the cell, as quietly as the protocol allows."""
    flags = {"silent": True, "store_history": False, "allow_stdin": False, "stop_on_error": False}
    return await asked(bench, "execute_request", code=code, **flags)


async def started(bench: Bench, code: str) -> str:
    run = bench.send(code)
    await bench.follower.until(lambda follower: "on" in follower.text(run))
    return run


async def ended(bench: Bench, run: str) -> dict[str, Any]:
    await bench.follower.until(lambda follower: follower.ended(run))
    return bench.ran(run).reply


async def test_control_answers_while_a_cell_runs(bench: Bench) -> None:
    run = await started(bench, WAITS)
    await bench.follower.until(lambda follower: bool(follower.of(run, "input_request")))
    for kind, content in (
        ("kernel_info_request", {}),
        ("complete_request", {"code": "plt.plo", "cursor_pos": 7}),
        ("inspect_request", {"code": "plt", "cursor_pos": 3, "detail_level": 0}),
    ):
        answer = await asked(bench, kind, **content)
        assert answer is not None, kind
        assert answer.content["status"] == "ok", kind
    assert not bench.follower.replied(run)
    bench.kernel.answer_input("")
    assert (await ended(bench, run))["status"] == "ok"


async def test_a_second_execution_takes_the_running_cells_figure(bench: Bench) -> None:
    loop = "import time\nplt.plot([1])\nprint('on', flush=True)\nwhile not go: time.sleep(0.01)"
    await bench.run("go = []")
    run = await started(bench, loop)

    def figures() -> list[Message]:
        return [one for one in bench.follower.messages if one.msg_type == "display_data"]

    assert not figures()
    assert await executed(bench, "pass") is not None
    # The cell continues to draw, but its figure was sent and closed.
    await bench.follower.until(lambda _: bool(figures()))
    assert not bench.follower.ended(run)
    await executed(bench, "go.append(1)")
    await ended(bench, run)
    assert len(figures()) == 1


async def test_a_second_execution_breaks_the_running_cells_input(bench: Bench) -> None:
    await bench.run("go = []")
    cell = "import time\nprint('on', flush=True)\nwhile not go: time.sleep(0.01)\ninput('who?')"
    run = await started(bench, cell)
    await executed(bench, "go.append(1)")
    assert (await ended(bench, run))["ename"] == "StdinNotImplementedError"


async def test_an_offset_beyond_the_code_gets_no_answer(bench: Bench) -> None:
    life = bench.kernel._life
    assert life is not None
    lost = life.requests.send("control", "complete_request", {"code": "a", "cursor_pos": 99})
    # Control does one thing after the other: this one's answer means that the first has none.
    assert await asked(bench, "kernel_info_request") is not None
    assert not lost.reply.done()
    life.requests.forget(lost)


async def test_a_call_that_keeps_the_interpreter_keeps_control_too(bench: Bench) -> None:
    run = await started(bench, ONE_CALL)
    answered: list[float] = []
    while not bench.follower.ended(run):
        answer = await asked(bench, "kernel_info_request")
        assert answer is not None
        answered.append(datetime.fromisoformat(answer.header["date"]).timestamp())
    begin, end = map(float, (await bench.run("print(s, e)")).text.split())
    assert end - begin > 1.5, "the call is too short to tell anything"
    # The thread of the control channel may answer before the call has quite begun, and before the
    # cell has read the clock again.
    assert not [when for when in answered if begin + 0.5 < when < end - 0.5]


async def test_completion_evaluates_no_property(bench: Bench) -> None:
    await bench.run(
        "ran = []\nclass Touchy:\n    @property\n    def area(self): ran.append(1)\nit = Touchy()"
    )
    answer = await asked(bench, "complete_request", code="it.", cursor_pos=3)
    assert answer is not None
    assert any("area" in one for one in answer.content["matches"])
    assert (await bench.run("print(ran)")).text == "[]\n"


async def test_a_subshell_that_is_not_there_is_said_to_be_so(bench: Bench) -> None:
    made = await asked(bench, "create_subshell_request")
    assert made is not None
    assert made.content["status"] == "ok"
    listed = await asked(bench, "list_subshell_request")
    assert listed is not None
    assert listed.content["subshell_id"] == [made.content["subshell_id"]]
    gone = await asked(bench, "delete_subshell_request", subshell_id=made.content["subshell_id"])
    assert gone is not None
    assert gone.content["status"] == "ok"
