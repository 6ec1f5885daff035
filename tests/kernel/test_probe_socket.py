"""The socket between host and probe: each end against one that does everything wrong."""

from __future__ import annotations

import asyncio
import json
import struct
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.kernel.channels import probe_socket as host
from cellbridge.kernel.channels.probe_socket import ProbeSocket
from cellbridge.kernel.channels.requests import ABANDONED_LIMIT
from cellbridge.kernel.probe import probe_socket as probe
from support.patience import PATIENCE

AT_ONCE = 0.05


def frame(message: object) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


@pytest.fixture
def place() -> Iterator[Path]:
    """A path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="cbl") as directory:
        yield Path(directory) / "s"


async def reached(place: Path) -> ProbeSocket:
    line = await host.connect(place)
    assert line is not None
    return line


# --- the host's end -------------------------------------------------------------------------------


class Kernel:
    """The other end: its queries and answers are handled by the test."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.writer: asyncio.StreamWriter | None = None

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while True:
                (length,) = struct.unpack(">I", await reader.readexactly(4))
                self.asked.put_nowait(json.loads(await reader.readexactly(length)))
        except asyncio.IncompleteReadError:
            writer.close()

    def say(self, message: object) -> None:
        assert self.writer is not None
        self.writer.write(frame(message))

    def tell(self, question: dict[str, Any]) -> None:
        self.say({"id": question["id"], "answer": question["query"]})


@asynccontextmanager
async def wired(place: Path) -> AsyncIterator[tuple[ProbeSocket, Kernel]]:
    kernel = Kernel()
    server = await asyncio.start_unix_server(kernel.heard, str(place))
    line = await reached(place)
    try:
        yield line, kernel
    finally:
        line.close()
        server.close()
        if kernel.writer is not None:
            kernel.writer.close()


async def test_answers_find_their_questions_in_any_order(place: Path) -> None:
    async with wired(place) as (line, kernel), asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(line.query({"n": n}, PATIENCE)) for n in range(3)]
        questions = [await kernel.asked.get() for _ in asked]
        for question in reversed(questions):
            kernel.tell(question)
        assert [await one for one in asked] == [{"n": 0}, {"n": 1}, {"n": 2}]


async def test_a_kernel_that_answers_nothing_is_not_asked_for_ever(place: Path) -> None:
    async with wired(place) as (line, kernel):
        for _ in range(ABANDONED_LIMIT):
            assert await line.query({}, AT_ONCE) is None
        assert await line.query({"one": "more"}, PATIENCE) is None
        assert kernel.asked.qsize() == ABANDONED_LIMIT
        # A late answer shows that the kernel reads again.
        taken, take = asyncio.Event(), line._settle
        line._settle = lambda said: (take(said), taken.set())[0]
        kernel.tell(await kernel.asked.get())
        await asyncio.wait_for(taken.wait(), PATIENCE)
        while not kernel.asked.empty():
            kernel.asked.get_nowait()
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(line.query({"n": 1}, PATIENCE))
            kernel.tell(await kernel.asked.get())
            assert await asked == {"n": 1}


async def test_what_is_no_answer_is_passed_over(place: Path) -> None:
    strange: Sequence[object] = (
        b"\xff\x00", [], "text", {"id": "1", "answer": {}}, {"id": 99, "answer": {}}, {"answer": {}}
    )  # fmt: skip
    async with wired(place) as (line, kernel), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(line.query({"n": 1}, PATIENCE))
        question = await kernel.asked.get()
        for one in strange:
            kernel.say(one)
        kernel.tell(question)
        assert await asked == {"n": 1}


@pytest.mark.parametrize("way", ["too long", "gone"])
async def test_a_line_that_breaks_is_over_for_who_waits(place: Path, way: str) -> None:
    async with wired(place) as (line, kernel), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(line.query({}, PATIENCE))
        await kernel.asked.get()
        assert kernel.writer is not None
        if way == "gone":
            kernel.writer.close()
        else:
            kernel.writer.write(struct.pack(">I", host.FRAME_LIMIT + 1) + b"{}")
        assert await asked is None
        assert not line.open
        assert await line.query({}, PATIENCE) is None


async def test_where_no_kernel_listens_there_is_no_line(place: Path) -> None:
    assert await host.connect(place) is None


@given(st.lists(st.integers(1, 60), max_size=20))
def test_frames_are_read_however_they_are_cut(sizes: list[int]) -> None:
    async def check() -> None:
        line = ProbeSocket()
        answers = [asyncio.get_running_loop().create_future() for _ in range(3)]
        line._waiting = dict(enumerate(answers))
        rest = b"".join(frame({"id": n, "answer": {"text": "é" * n}}) for n in range(3))
        for size in sizes:
            line.data_received(rest[:size])
            rest = rest[size:]
        line.data_received(rest)
        assert [one.result() for one in answers] == [{"text": "é" * n} for n in range(3)]

    asyncio.run(check())


# --- the kernel's end -----------------------------------------------------------------------------


def elsewhere(asked: dict[str, Any]) -> Callable[[Callable[[object], None]], None]:
    """An answer that another thread finds."""
    return lambda answer: threading.Thread(target=answer, args=[{"said": asked["n"]}]).start()


def told(asked: dict[str, Any]) -> object:
    kinds: dict[str, Callable[[], object]] = {
        "elsewhere": lambda: elsewhere(asked),
        "no JSON": lambda: {"said": {1, 2}},
        "odd": lambda: {"said": ["\ud800", float("nan")]},
    }
    return kinds.get(asked.get("kind", ""), lambda: {"said": asked["n"]})()


async def test_the_probe_answers_here_and_elsewhere(place: Path) -> None:
    probe.ProbeServer(str(place), told)
    line = await reached(place)
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(line.query({"n": n, "kind": ("", "elsewhere")[n % 2]}, PATIENCE))
            for n in range(20)
        ]
        assert [await one for one in asked] == [{"said": n} for n in range(20)]
    assert await line.query({"kind": "no JSON"}, PATIENCE) == {"status": "error"}
    odd = await line.query({"kind": "odd"}, PATIENCE)
    assert odd is not None
    assert odd["said"][0] == "\ufffd"
    line.close()


async def test_one_host_after_the_other_is_heard(place: Path) -> None:
    probe.ProbeServer(str(place), told)
    for strange in (b"", b"\x00", frame(b"no JSON"), frame([1]), frame({"id": 1}), b"\xff" * 9):
        _, writer = await asyncio.open_unix_connection(str(place))
        writer.write(strange)
        writer.close()
        await writer.wait_closed()
    first, second = await reached(place), await reached(place)
    assert await first.query({"n": 1}, PATIENCE) == {"said": 1}
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(second.query({"n": 2}, PATIENCE))
        assert await first.query({"n": 3}, PATIENCE) == {"said": 3}
        first.close()
        assert await waiting == {"said": 2}
    second.close()


def test_a_place_that_is_taken_is_refused(place: Path) -> None:
    place.write_text("")
    with pytest.raises(OSError, match="in use"):
        probe.ProbeServer(str(place), told)
