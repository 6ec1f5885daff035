"""Frames over pipes: their separation, non-blocking writes, and their end."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path

import pytest

from cellbridge.base_protocol.frame_writer import Writer, parts_to_pipe, parts_to_socket
from cellbridge.base_protocol.pipes import Feeder, FrameError, read_frame, read_line
from support.patience import PATIENCE


async def frames(sent: bytes) -> list[bytes]:
    """Return the bodies of all frames that were sent."""
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()
    found: list[bytes] = []
    while (body := await read_frame(reader)) is not None:
        found.append(body)
    return found


@pytest.mark.parametrize(
    ("sent", "bodies"),
    [
        (b"", []),
        (b"Content-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 2\r\n\r\n{}Content-Length: 4\r\n\r\nnull", [b"{}", b"null"]),
        (b"Content-Type: x; charset=utf-8\r\ncontent-length:  2 \r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 0\r\n\r\nContent-Length: 2\r\n\r\n{}", [b"", b"{}"]),
        (b"Content-Length: 9\r\n\r\ncut", []),
        (b"Content-Le", []),
    ],
)
async def test_frames_are_read(sent: bytes, bodies: list[bytes]) -> None:
    assert await frames(sent) == bodies


async def test_lines_of_any_length_are_read() -> None:
    sent = [b"one\n", b"\n", b"x" * 100_000 + b"\n", b"\xff\r\n", b"cut"]
    reader = asyncio.StreamReader(limit=1000)
    reader.feed_data(b"".join(sent))
    reader.feed_eof()
    for line in sent:
        assert await read_line(reader) == line
    assert await read_line(reader) is None


@pytest.mark.parametrize(
    ("sent", "invalid_params_message"),
    [
        (b"\r\n\r\n", "without Content-Length"),
        (b"Content-Length: many\r\n\r\n", "not a number: b'many'"),
        (b"X: y\r\n" * 20_000 + b"\r\n", "too long"),
    ],
)
async def test_what_is_no_frame_is_named(sent: bytes, invalid_params_message: str) -> None:
    with pytest.raises(FrameError, match=invalid_params_message):
        await frames(sent)


@pytest.mark.parametrize("in_the_loop", [True, False])
async def test_the_reader_is_fed_and_pauses_while_it_is_full(*, in_the_loop: bool) -> None:
    source, sink = os.pipe()
    body = b"x" * 40_000_000
    writing = asyncio.create_task(
        asyncio.to_thread(write_all, sink, b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    )
    pipe = Feeder(lambda size: os.read(source, size), source if in_the_loop else None)
    async with asyncio.timeout(PATIENCE):
        assert await read_frame(pipe.reader) == body
        await writing
        os.close(sink)
        assert await read_frame(pipe.reader) is None
    os.close(source)


async def test_a_file_is_read_in_a_thread(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_bytes(b"Content-Length: 2\r\n\r\n{}")
    with path.open("rb") as file:
        descriptor = file.fileno()
        pipe = Feeder(lambda size: os.read(descriptor, size), descriptor)
        async with asyncio.timeout(PATIENCE):
            assert await read_frame(pipe.reader) == b"{}"
            assert await read_frame(pipe.reader) is None


async def test_all_arrives_of_which_a_pipe_takes_a_part_at_once() -> None:
    source, sink = os.pipe()
    writer = Writer(lambda frame: write_all(sink, frame), parts_to_pipe(sink))
    await check_written(writer, Feeder(lambda size: os.read(source, size), source))
    os.close(source)
    writer.send(b"{}")
    assert writer.broken.is_set()
    os.close(sink)


async def test_all_arrives_of_which_a_socket_takes_a_part_at_once() -> None:
    source, sink = socket.socketpair()
    with source, sink:
        writer = Writer(sink.sendall, parts_to_socket(sink))
        await check_written(writer, Feeder(source.recv, source.fileno()))
        source.close()
        writer.send(b"{}")
        assert writer.broken.is_set()


async def check_written(writer: Writer, pipe: Feeder) -> None:
    """Check that all frames arrive: most by the thread, some by the loop."""
    bodies = [b"a", b"b" * 1_000_000, b"c" * 10_000, b"d"]
    for body in bodies:
        writer.send(body)
    async with asyncio.timeout(PATIENCE):
        assert [await read_frame(pipe.reader) for _ in bodies] == bodies
        await writer.close(PATIENCE)
    pipe.pause_reading()


async def test_an_editor_that_does_not_read_holds_nobody_up() -> None:
    gate, written = threading.Event(), list[bytes]()

    def slowly(frame: bytes) -> None:
        gate.wait()
        written.append(frame)

    writer = Writer(slowly)
    bodies = [b"%d" % number + b"x" * Writer.QUIET for number in range(80)]
    for body in bodies:
        writer.send(body)
    for waiting in (writer.quiet, writer.room):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await waiting()
    gate.set()
    async with asyncio.timeout(PATIENCE):
        await writer.room()
        await writer.quiet()
        await writer.close(PATIENCE)
    assert [frame.partition(b"\r\n\r\n")[2] for frame in written] == bodies


async def test_an_editor_that_is_gone_stops_the_writing() -> None:
    def fail(_: bytes) -> None:
        raise BrokenPipeError

    writer = Writer(fail)
    writer.send(b"{}")
    async with asyncio.timeout(PATIENCE):
        await writer.broken.wait()
        writer.send(b"x" * 2 * Writer.FULL)
        await writer.quiet()
        await writer.close(PATIENCE)


async def test_closing_does_not_wait_for_an_editor_that_does_not_read() -> None:
    gate = threading.Event()
    writer = Writer(lambda _: gate.wait() and None)
    writer.send(b"{}")
    async with asyncio.timeout(PATIENCE):
        await writer.close(0.01)
    gate.set()


def write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
