"""The wire format against jupyter_client's own, and against all that may be wrong with it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.session import Session

from cellbridge.core.json_depth import PRUNE_LIMIT, TOO_DEEP
from cellbridge.core.output.output_reducer import OutputLog
from cellbridge.core.output.outputs import Display
from cellbridge.core.output.payloads import pages
from cellbridge.kernel.channels.framing import DELIMITER, Framer

KEY = b"a secret"
TEXT = st.text(st.characters())  # surrogates included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def framer() -> Framer:
    return Framer(KEY, "us")


def signed(header: bytes, parent: bytes = b"{}", content: bytes = b"{}") -> list[bytes]:
    parts = [header, parent, b"{}", content]
    return [b"topic", DELIMITER, framer().sign(parts), *parts]


def test_jupyter_client_reads_what_we_write() -> None:
    frames = framer().encode("execute_request", "1", {"code": "é"}, metadata={"cellId": "c"})
    session = Session(key=KEY)
    read: Any = session.deserialize(session.feed_identities(frames)[1])
    assert (read["header"]["msg_id"], read["msg_type"]) == ("1", "execute_request")
    assert (read["content"], read["metadata"]) == ({"code": "é"}, {"cellId": "c"})


def test_we_read_what_jupyter_client_writes() -> None:
    session = Session(key=KEY)
    message = session.msg("stream", {"text": "é"}, parent=session.msg("execute_request"))
    frames = [
        part if isinstance(part, bytes) else bytes(part) for part in session.serialize(message)
    ]
    read = framer().decode("iopub", [*frames, b"buffer"])
    assert read.parent_id == message["parent_header"]["msg_id"]
    assert (read.msg_type, read.content, read.buffers) == ("stream", {"text": "é"}, [b"buffer"])


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_any_content_comes_back_with_surrogates_marked(content: dict[str, Any]) -> None:
    read = framer().decode("shell", framer().encode("x", "1", content))
    written = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    assert json.dumps(read.content, ensure_ascii=False) == json.dumps(
        json.loads(written), ensure_ascii=False
    )


@given(st.lists(st.binary(max_size=20), max_size=9))
def test_noise_is_no_message_and_no_error(frames: list[bytes]) -> None:
    for noise in (frames, [DELIMITER, *frames]):
        read = framer().decode("iopub", noise)
        assert (read.unreadable, read.msg_type, read.content) == (True, "", {})


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_signed_noise_is_read_as_far_as_it_goes(header: bytes, parent: bytes, rest: bytes) -> None:
    read = framer().decode("iopub", signed(header, parent, rest))
    assert isinstance(read.content, dict)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"text": "a\xffb"}', {"text": "a\ufffdb"}),
        (b'{"text": "\\ud800"}', {"text": "\ufffd"}),
        (b'{"text": ["\\ud83d\\ude00"]}', {"text": ["\U0001f600"]}),
        (b'{"big": 123456789012345678901234567890}', {"big": 123456789012345678901234567890}),
        (b"[1, 2]", {}),
        (b"{", {}),
        (b"", {}),
    ],
)
def test_content_is_read_leniently(content: bytes, expected: dict[str, Any]) -> None:
    read = framer().decode("iopub", signed(b'{"msg_type": "stream"}', content=content))
    assert read.content == expected
    assert read.unreadable == (not expected)


@pytest.mark.parametrize("levels", [101, 900, 1_500, 100_000])
def test_what_is_nested_too_deeply_is_kept_as_text(levels: int) -> None:
    deep = b"[" * levels + b"]" * levels
    data = b'{"application/json": %s, "text/plain": "tree"}' % deep
    content = b'{"data": %s, "metadata": {"application/json": {"x": %s}}}' % (data, deep)
    read = framer().decode("iopub", signed(b"{}", content=content))
    assert not read.unreadable
    log = OutputLog()
    assert len(list(log.apply("display_data", read.content))) == 1
    (output,) = log.outputs
    assert isinstance(output, Display)
    assert output.data.keys() == {"text/plain"}
    assert output.data["text/plain"].startswith(f"tree\n{TOO_DEEP}[[[[")
    assert output.metadata["application/json"].startswith(TOO_DEEP)
    # Any part may be so; where the whole one is, there is nothing to be read of it.
    for header, parent in ((deep, b"{}"), (b"{}", b'{"x": %s}' % deep)):
        framer().decode("iopub", signed(header, parent, b"{}"))
    assert framer().decode("iopub", signed(b"{}", content=deep)).unreadable


def test_a_deep_text_that_is_too_long_is_unreadable() -> None:
    deep = b"[" * PRUNE_LIMIT + b"]" * PRUNE_LIMIT
    assert framer().decode("iopub", signed(b"{}", content=b'{"data": %s}' % deep)).unreadable


def test_a_page_nested_too_deeply_is_shown_as_text() -> None:
    page = b'{"source": "page", "data": {"text/plain": %s}}' % (b"[" * 500 + b"]" * 500)
    read = framer().decode("shell", signed(b"{}", content=b'{"payload": [%s]}' % page))
    (shown,) = pages(read.content)
    assert shown["text/plain"].startswith(f'{TOO_DEEP}{{"source": "page"')


def test_not_a_number_is_kept() -> None:
    read = framer().decode("iopub", signed(b"{}", content=b'{"x": NaN}'))
    assert read.content["x"] != read.content["x"]


def test_a_wrong_signature_is_dropped_by_name(caplog: pytest.LogCaptureFixture) -> None:
    frames = Framer(b"another", "us").encode("stream", "1", {})
    with caplog.at_level(logging.WARNING):
        assert framer().decode("iopub", [b"stream", b"cellbridge:7", *frames]).number == 7
    assert "dropped stream with a wrong signature on iopub" in caplog.text


def test_without_a_key_nothing_is_signed() -> None:
    open_framer = Framer(b"", "us")
    frames = open_framer.encode("x", "1", {})
    assert frames[1] == b""
    assert not open_framer.decode("shell", frames).unreadable


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="hmac-crc"):
        Framer(KEY, "us", "hmac-crc")
