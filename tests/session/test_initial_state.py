"""A session's state on its way to a client: cut into pieces, and put together again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.output.outputs import Display, Failure, Output, Stream
from cellbridge.core.runs.runs import KernelState, KernelStatus, Origin, Run
from cellbridge.session import initial_state
from cellbridge.session import messages as m
from cellbridge.session.initial_state import PIECE, PartialState
from support.sessions import client_of, stop

OUTPUTS: st.SearchStrategy[list[Output]] = st.lists(
    st.one_of(
        st.integers(0, 2 * PIECE).map(lambda size: Display({"image/png": "x" * size})),
        st.integers(0, 99).map(lambda n: Stream("stdout", "y" * n, n, 0)),
        st.just(Failure("E", "v")),
    ),
    max_size=8,
)
_decoder: msgspec.msgpack.Decoder[m.FromHost] = msgspec.msgpack.Decoder(m.FromHost)


def run(number: int) -> Run:
    return Run(id=f"r{number}", cell_id="c", source="", cell_source="", origin=Origin("", 0))


@given(st.lists(OUTPUTS, max_size=4))
def test_what_is_put_together_is_what_was_cut(given: list[list[Output]]) -> None:
    status = KernelStatus(KernelState.IDLE)
    views = [m.RunView(run(number), outputs) for number, outputs in enumerate(given)]
    frames = list(initial_state.encode_state(3, status, views))
    welcome, *pieces = [_decoder.decode(frame[4:]) for frame in frames]
    assert isinstance(welcome, m.Welcome)
    assert welcome.more == len(pieces)
    arriving = PartialState(welcome)
    for piece in pieces:
        assert isinstance(piece, m.Events)
        arriving.add(piece)
    assert arriving.missing == 0
    assert arriving.assemble() == m.Welcome(m.PROTOCOL, 3, status, views)
    # A frame is longer than a piece by no more than one output, which is not cut.
    assert max(map(len, frames)) < 3 * PIECE + 10_000


PICTURES = """
import base64, os
for _ in range({count}):
    display({{"image/png": base64.b64encode(os.urandom(100_000)).decode()}}, raw=True)
"""


@pytest.mark.asyncio
async def test_late_clients_get_all_pictures_and_then_what_comes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    try:
        async with client_of(script) as first:
            (many,) = await first.run(PICTURES.format(count=60))
            lines = first.request("for n in range(3000): print(n, flush=True)", "other")
            (printed,) = await first.session.execute([lines], kernel=None, language="python")
            for _ in range(5):
                async with client_of(script, "late") as late:
                    assert late.session.outputs[many.id] == first.session.outputs[many.id]
                    await late.session.complete("pri", 3)
            await first.session.wait_for_run(printed)
            async with client_of(script, "last") as last:
                assert last.session.outputs == first.session.outputs
                assert last.session.runs == first.session.runs
            (whole,) = await first.session.fetch_outputs(printed)
            assert isinstance(whole, Stream)
            assert whole.text == "".join(f"{n}\n" for n in range(3000))
    finally:
        await stop(script)
