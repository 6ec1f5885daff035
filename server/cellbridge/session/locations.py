"""Where a notebook's session lives on this machine: its sockets, its store, its log.

Owns every path that sessions use, and their privacy. It must not open what lies there, but for two
notes of a line each: ``script`` says whose session a directory is, and ``moved``, in the directory
that a script's path would give, names the one whose session it has taken over (renamed_scripts.py).

Invariant: directories made here, at every level, are 0700 and belong to the user; one that somebody
else owns is refused, since a socket in it could be theirs. No place is chosen that another user
could have made first.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cellbridge.kernel.trust import ownership
from cellbridge.kernel.trust.ownership import is_private
from cellbridge.session.errors import SessionError

SOCKET_LIMIT = 100
"""Longest path of a Unix socket that every platform takes."""
LONGEST_SOCKET = len("/run-0123456789abcdef/kernel/k1234567-10-6")
"""What a kernel's socket adds to the directory of all sessions."""


@dataclass(frozen=True, slots=True)
class Location:
    """The places of one notebook's session."""

    key: str
    """Names the session: the same script always gives the same key."""
    name: str
    """For people: the script's path, or the document's name where it has none."""
    runtime: Path
    """Sockets and locks; may vanish at reboot."""
    data: Path
    """Store and log; kept."""

    @property
    def socket(self) -> Path:
        """The Unix socket on which the host listens."""
        return self.runtime / "host.sock"

    @property
    def host_lock(self) -> Path:
        """Locked by the host for as long as it lives (presence.py)."""
        return self.data / "host.lock"

    @property
    def kernel(self) -> Path:
        """The directory of the kernel's connection file and sockets."""
        return self.runtime / "kernel"

    @property
    def records(self) -> Path:
        """The directory of the records of its kernels, which outlive the sockets."""
        return self.data / "kernels"

    @property
    def store(self) -> Path:
        """The SQLite file with runs and outputs."""
        return self.data / "session.sqlite"

    @property
    def log(self) -> Path:
        """The host's log: with the store, or with the sockets where that cannot be written."""
        return (self.data if os.access(self.data, os.W_OK) else self.runtime) / "host.log"

    @property
    def variables(self) -> Path:
        """The file with the variables that were saved last."""
        return self.data / "variables"

    @property
    def variables_part(self) -> Path:
        """The file into which variables are being saved; see kernel/probe/variable_store.py."""
        return self.data / "variables.part"

    def prepare(self) -> None:
        """Make the directories, private to the user.

        A session can do without the one for its store, and says so (host/resilient_store.py).

        Raises:
            SessionError: a directory cannot be made, or is not the user's own.
        """
        for directory in (self.runtime.parent, self.runtime, self.kernel):
            make_private(directory)
        for directory in (self.data, self.records):
            try:
                make_private(directory)
            except SessionError:
                # Full, or mounted for reading: the session runs, and what it stores is lost.
                if _belongs_to_others(self.data):
                    raise


def of_script(path: Path) -> Location:
    """Return the location of the session of the script at ``path``, through any symbolic links."""
    name = os.path.realpath(path)
    key = _digest(name)
    taken = _line_of(sessions_root() / key / "moved")
    if taken and Path(taken).name == taken and noted(sessions_root() / taken) == name:
        return _location(taken, name)
    for again in itertools.count(1):
        owner = noted(sessions_root() / key)
        if not owner or owner == name:
            break
        # Another script was here once and has taken its session along.
        key = _digest(f"{name}\0{again}")
    return _location(key, name)


def note(location: Location) -> None:
    """Leave word whose session this is, for when the script is renamed; once it has a directory."""
    if Path(location.name).is_absolute() and noted(location.data) != location.name:
        with contextlib.suppress(OSError):  # Only a rename would miss it.
            _write_line(location.data / "script", location.name)


def noted(data: Path) -> str:
    """Return whose session a directory is; empty where nothing says."""
    return _line_of(data / "script")


def take_over(location: Location, key: str) -> None:
    """Give a script the session that is named ``key``, whose own script is gone."""
    make_private(location.data)
    _write_line(sessions_root() / key / "script", location.name)
    _write_line(location.data / "moved", key)


def of_unsaved(name: str, owner: str) -> Location:
    """Return the location of a document without a file; ``owner`` sets equal names apart."""
    return _location(_digest(f"unsaved\0{owner}\0{name}"), name)


def runtime_root() -> Path:
    """The directory of all sessions' sockets: the first of its places that can be used."""
    return next(runtime_roots())


def runtime_roots() -> Iterator[Path]:
    """Return the places for sockets, best first: none is one that another user could have made.

    A socket's whole path may have 100 characters; where that leaves no room, there is a directory
    with a short, random name at the end.
    """
    for root in wanted_roots():
        if len(os.fsencode(root)) + LONGEST_SOCKET <= SOCKET_LIMIT:
            yield root
    yield _short_root()


def wanted_roots() -> Iterator[Path]:
    """Return the places for sockets as the environment names them, however long."""
    if chosen := os.environ.get("CELLBRIDGE_RUNTIME_DIR"):
        yield Path(os.path.abspath(chosen))  # noqa: PTH100 (absolute, and links as they are)
    run = os.environ.get("XDG_RUNTIME_DIR")
    for directory in (Path(run) if run else None, Path(f"/run/user/{os.getuid()}")):
        if directory is not None and directory.is_absolute() and is_private(directory):
            yield directory / "cellbridge"
    from platformdirs import user_cache_path  # noqa: PLC0415 (kept out of the server's start)

    cache = user_cache_path("cellbridge")
    if _can_be_made(cache):
        yield cache / "run"


def _short_root() -> Path:
    """Return the directory of a random name that a note in the data directory names; make both."""
    note = data_root() / "runtime"
    known = Path(_line_of(note))
    if known.is_absolute() and (is_private(known) or not os.path.lexists(known)):
        return known
    shortest = min(tempfile.gettempdir(), "/tmp", key=len)  # noqa: S108 (the name in it is random)
    made = Path(tempfile.mkdtemp(prefix="cb-", dir=shortest))
    try:
        make_private(note.parent)
        _write_line(note, str(made))
    except (SessionError, OSError):
        made.rmdir()
        return next(wanted_roots())  # Its error says what is wrong with it.
    return Path(_line_of(note))


def data_root() -> Path:
    """The directory of all sessions' stores."""
    if chosen := os.environ.get("CELLBRIDGE_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path  # noqa: PLC0415 (kept out of the server's start)

    return user_data_path("cellbridge")


def sessions_root() -> Path:
    """The directory in which each session has one for its store."""
    return data_root() / "sessions"


def make_private(directory: Path) -> None:
    """Make ``directory`` for the user alone; see the module's invariant.

    Raises:
        SessionError: it cannot be made, or is not the user's own.
    """
    try:
        ownership.make_private(directory)
    except OSError as error:
        if _belongs_to_others(directory):
            raise SessionError(
                f"{directory} belongs to someone else, so sessions in it would not be private; "
                "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
            ) from error
        raise SessionError(
            f"The directory {directory} cannot be made ({error.strerror}); "
            "free it, or point CELLBRIDGE_RUNTIME_DIR and CELLBRIDGE_DATA_DIR elsewhere."
        ) from error


def refuse_others(runtime: Path) -> None:
    """Check a session's directory of sockets before anything in it is used.

    Raises:
        SessionError: it, or the directory of all sessions, is a link or another user's.
    """
    for directory in (runtime.parent, runtime):
        if os.path.lexists(directory) and not ownership.secure(directory):
            raise SessionError(
                f"{directory} belongs to someone else, so what answers there is not used; "
                "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
            )


def _belongs_to_others(directory: Path) -> bool:
    try:
        status = directory.lstat()
    except OSError:
        return False
    return not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid()


def _can_be_made(directory: Path) -> bool:
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return os.access(directory, os.W_OK) and directory.stat().st_uid == os.getuid()


def _location(key: str, name: str) -> Location:
    return Location(key, name, runtime_root() / key, sessions_root() / key)


def _line_of(path: Path) -> str:
    try:
        return ownership.read_own(path).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _write_line(path: Path, line: str) -> None:
    """Write a note in one step."""
    ownership.write_own(path, line.encode("utf-8", "surrogateescape"))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
