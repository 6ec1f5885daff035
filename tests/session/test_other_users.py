# Size: the attackers, what they plant and what a victim does, next to each other.
"""Another user of the machine: programs in a session's place, and planted files."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellbridge.kernel.process.kernel_records import (
    KernelInfo,
    KernelRecord,
    find_adoptable,
    recorded_kernels,
)
from cellbridge.kernel.trust.ownership import is_own_peer, make_private
from cellbridge.kernel.trust.process_identity import machine, started_at
from cellbridge.session import launch, locations, presence, registry
from cellbridge.session.errors import SessionError
from cellbridge.session.host_plan import HostPlan
from cellbridge.session.locations import Location, of_script, runtime_root
from support.command import cellbridge
from support.second_user import (
    ANSWERS,
    needs_second_user,
    program_of_other,
    run_as_other,
    shared_folder,
)

KEY = "0123456789abcdef"
PLANT = """
import json, os, sys
os.umask(0)
for path, target, content in json.loads(sys.argv[1]):
    os.makedirs(os.path.dirname(path), 0o777, exist_ok=True)
    if target:
        os.symlink(target, path)
    else:
        with open(path, "w") as file:
            file.write(content)
"""


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which everyone may make entries; sessions' directories have known names in it."""
    with shared_folder() as folder:
        monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(folder / "cellbridge"))
        monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(folder / "data"))
        yield folder


@contextmanager
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user that has nothing to do with sessions."""
    code = "print(flush=True); input()"
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)
        yield process
        assert process.poll() is None
        process.kill()


def host_record(pid: int, runtime: str, **more: Any) -> str:
    """Return the record that a host with that process would leave."""
    fields = {"key": KEY, "name": "a.py", "data": "/", "pid": pid, "started": 1.0, "version": "1"}
    begun = started_at(pid) or 0.0
    return json.dumps({**fields, "begun": begun, "machine": machine(), "runtime": runtime, **more})


def kernel_record(pid: int, **more: Any) -> str:
    """Return the record that a kernel with that process would leave."""
    record = KernelRecord(
        pid=pid,
        started=started_at(pid) or 0.0,
        spec={},
        cwd="/",
        env={},
        connection_file="k1-1.json",
        session="s",
        generation=1,
        info=KernelInfo("python3", "python", "ipython"),
    )
    return msgspec.json.encode(msgspec.structs.replace(record, **more)).decode()


@needs_second_user
@pytest.mark.parametrize("before", ["the root", "the session's directory"])
async def test_nothing_is_sent_to_another_user_who_was_there_first(
    shared: Path, tmp_path: Path, before: str
) -> None:
    location = of_script(tmp_path / "a.py")
    assert location.runtime.parent == shared / "cellbridge"
    if before == "the session's directory":  # Which is ours, and was open to all for a while.
        location.runtime.parent.mkdir()
        location.runtime.parent.chmod(0o777)
    with program_of_other(ANSWERS, location.socket) as other:
        with pytest.raises(SessionError, match="belongs to someone else"):
            await launch.connect(location)
        with pytest.raises(SessionError, match="belongs to someone else"):
            await launch.connect_or_start(location, HostPlan(tmp_path, 1))
        other.kill()
        assert other.stdout is not None
        assert other.stdout.read() == ""


@needs_second_user
async def test_who_answers_is_known_before_a_byte_is_sent(
    shared: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second wall, behind the directories' rights."""
    location = of_script(tmp_path / "a.py")
    location.prepare()
    for directory in (location.runtime.parent, location.runtime):
        directory.chmod(0o777)
    with program_of_other(ANSWERS, location.socket) as other:
        assert await launch.connect(location) is None  # The socket is another user's.
        monkeypatch.setattr(launch, "is_own_socket", lambda _: True)
        with pytest.raises(SessionError, match="Another user's program answers"):
            await launch.connect(location)
        other.kill()
        assert other.stdout is not None
        assert other.stdout.read() in {"", "heard b''\n"}


@needs_second_user
def test_the_peer_is_known(shared: Path) -> None:
    with program_of_other(ANSWERS, shared / "s"), socket.socket(socket.AF_UNIX) as ours:
        ours.connect(str(shared / "s"))
        assert not is_own_peer(ours)
    one, two = socket.socketpair()
    with one, two:
        assert is_own_peer(one)


def test_no_place_for_sockets_can_be_made_by_others_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CELLBRIDGE_RUNTIME_DIR")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    private, open_to_all = tmp_path / "private", tmp_path / "open"
    private.mkdir(mode=0o700)
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(open_to_all))
    monkeypatch.setattr(locations, "SOCKET_LIMIT", 1000)
    assert all(root.parent != open_to_all for root in locations.configured_roots())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private))
    assert runtime_root() == private / "cellbridge"


def test_every_level_that_is_made_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b" / "c")
        locations.make_private(tmp_path / "d" / "e")
    finally:
        os.umask(before)
    for level in ("a", "a/b", "a/b/c", "d", "d/e"):
        assert (tmp_path / level).stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with pytest.raises(SessionError, match="belongs to someone else"):
        locations.make_private(tmp_path / "link")


@needs_second_user
@pytest.mark.parametrize("whose", ["another user's root", "a root of ours that was open"])
def test_planted_records_and_locks_change_and_end_nothing(
    shared: Path, tmp_path: Path, whose: str
) -> None:
    root, precious = shared / "cellbridge", tmp_path / "precious"
    tmp_path.chmod(0o777)
    precious.write_text("precious")
    if whose == "a root of ours that was open":
        root.mkdir()
        root.chmod(0o777)
    runtime = root / KEY
    with bystander() as process:
        kernel = kernel_record(process.pid, connection_file=os.path.relpath(precious, runtime))
        planted = [
            (runtime / presence.RECORD, "", host_record(process.pid, str(runtime))),
            (runtime / presence.LAUNCH, precious, ""),
            (runtime / presence.HOST, precious, ""),
            (runtime / "kernel" / "k1-1.kernel", "", kernel_record(process.pid)),
            (runtime / "kernel" / "k1-2.kernel", "", kernel),
            (runtime / "kernel" / "k1-1.json", precious, ""),
        ]
        run_as_other(PLANT, json.dumps([[*map(str, entry)] for entry in planted]))
        location = Location(KEY, "a.py", runtime, tmp_path / "data")
        assert registry.list_sessions() == []
        assert registry.prune(location) == 0
        assert find_adoptable(location.kernel) is None
        assert not registry.signal_host(
            location,
            msgspec.json.decode(host_record(process.pid, ""), type=registry.HostRecord),
            signal.SIGKILL,
        )
        for command in ("prune", "stop"):
            done = cellbridge("sessions", command, *(["--all"] if command == "stop" else []))
            assert done.code == 0, done
            assert not done.err
    assert precious.read_text() == "precious"


def test_a_record_that_fits_in_all_but_the_process_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, any_process: int
) -> None:
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(tmp_path / "r"))
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(tmp_path / "d"))
    location = of_script(tmp_path / "a.py")
    location.prepare()
    sound = kernel_record(any_process, directory=str(location.kernel))
    for directory in (location.records, location.kernel):
        (directory / "k1-1.kernel").write_text(sound)
    assert len([*recorded_kernels(location.records, location.kernel)]) == 2
    presence.announce(location)
    assert [left.key for left in registry.sessions_without_host()] == [location.key]
    assert not registry.has_orphaned_kernel(location)
    assert registry.end_kernels_without_host() == 0
    assert not list(location.records.iterdir())
    assert not location.runtime.exists()
    os.kill(any_process, 0)


NAMES = st.sampled_from(
    ["k1-1.json", "../../precious", "/etc/passwd", "", ".", "a\0b", "k1-2.json"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_content_of_our_own_files_does_harm(
    data: st.DataObject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, any_process: int
) -> None:
    monkeypatch.setenv("CELLBRIDGE_RUNTIME_DIR", str(tmp_path / "r"))
    monkeypatch.setenv("CELLBRIDGE_DATA_DIR", str(tmp_path / "d"))
    precious = tmp_path / "kernel" / "precious"  # In a place that could be a kernel's.
    make_private(precious.parent)
    precious.write_text("precious")
    location = replace(of_script(tmp_path / "a.py"), key=KEY)
    location = replace(location, runtime=runtime_root() / KEY, data=locations.sessions_root() / KEY)
    location.prepare()
    places = st.sampled_from([str(tmp_path), str(precious.parent), str(location.runtime), "/", "x"])
    host = data.draw(
        st.binary(max_size=200)
        | JSON.map(lambda value: json.dumps(value).encode())
        | st.builds(
            lambda runtime, where: host_record(any_process, runtime, data=where).encode(),
            places,
            places,
        )
    )
    kernel = data.draw(
        st.binary(max_size=200)
        | JSON.map(lambda value: json.dumps(value).encode())
        | st.builds(
            lambda name, where: kernel_record(
                any_process, connection_file=name, directory=where
            ).encode(),
            NAMES,
            places,
        )
    )
    ip = str(precious)[: -len("-x")] if data.draw(st.booleans()) else str(precious)
    connection = data.draw(
        st.binary(max_size=200)
        | JSON.map(lambda value: json.dumps({"ip": value, "shell_port": value}).encode())
        | st.just(json.dumps({"transport": "ipc", "ip": ip, "shell_port": "x"}).encode())
        | st.just(b"[" * 100_000)
    )
    for directory in (location.data, location.runtime):
        (directory / presence.RECORD).write_bytes(host)
    for directory in (location.records, location.kernel, precious.parent):
        (directory / "k1-1.kernel").write_bytes(kernel)
        (directory / "k1-1.json").write_bytes(connection)
    before = sorted(path.name for path in precious.parent.iterdir())

    assert registry.list_sessions() == []
    assert not registry.has_orphaned_kernel(location)
    registry.host_location(location)
    registry.prune(location)
    for left in list(registry.sessions_without_host()):
        registry.prune(left)

    assert precious.read_text() == "precious"
    assert sorted(path.name for path in precious.parent.iterdir()) == before
    os.kill(any_process, 0)


@pytest.fixture(scope="module")
def any_process() -> Iterator[int]:
    """A process of the same user, which no record may end."""
    with bystander() as process:
        yield process.pid
