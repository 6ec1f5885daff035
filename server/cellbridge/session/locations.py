"""The paths of a notebook's session on this machine: its sockets, its store, its log.

Owns every path that sessions use, and their privacy. It must not open the files there, except for
two notes of one line each: ``script`` names the script that a directory belongs to. ``moved``, in
the directory that a script's path would give, names the session it has taken over
(renamed_scripts.py).

Invariant: directories created here, at every level, are 0700 and belong to the user. A directory of
another owner is refused, since a socket in it could be that owner's. No path is chosen that another
user could have created first.
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
"""Maximum length of a Unix socket's path that every platform accepts."""
LONGEST_SOCKET = len("/run-0123456789abcdef/kernel/k1234567-10-6")
"""Characters that a kernel's socket adds to the directory of all sessions."""


@dataclass(frozen=True, slots=True)
class Location:
    """The paths of one notebook's session."""

    key: str
    """The session's name; the same script always has the same key."""
    name: str
    """The name for users: the script's path, or the document's name if it has no path."""
    runtime: Path
    """The directory of sockets and locks; it may vanish at reboot."""
    data: Path
    """The directory of the store and the log; it stays."""

    @property
    def socket(self) -> Path:
        """The Unix socket on which the host listens."""
        return self.runtime / "host.sock"

    @property
    def host_lock(self) -> Path:
        """The file that the host locks for as long as it runs (presence.py)."""
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
        """The host's log: next to the store, or next to the sockets if that cannot be written."""
        return (self.data if os.access(self.data, os.W_OK) else self.runtime) / "host.log"

    @property
    def variables(self) -> Path:
        """The file with the variables that were saved last."""
        return self.data / "variables"

    @property
    def variables_part(self) -> Path:
        """The file to which variables are being saved; see kernel/probe/variable_store.py."""
        return self.data / "variables.part"

    def prepare(self) -> None:
        """Create the directories, private to the user.

        A session runs even without the one for its store, and reports that
        (host/resilient_store.py).

        Raises:
            SessionError: a directory cannot be created, or is not the user's own.
        """
        for directory in (self.runtime.parent, self.runtime, self.kernel):
            make_private(directory)
        for directory in (self.data, self.records):
            try:
                make_private(directory)
            except SessionError:
                # Full, or mounted read-only: the session runs, and its outputs are not stored.
                if _belongs_to_others(self.data):
                    raise


def of_script(path: Path) -> Location:
    """Return the location of the session of the script at ``path``, through any symbolic links."""
    name = os.path.realpath(path)
    key = _digest(name)
    taken = _read_line(sessions_root() / key / "moved")
    if taken and Path(taken).name == taken and recorded_script(sessions_root() / taken) == name:
        return _make_location(taken, name)
    for again in itertools.count(1):
        owner = recorded_script(sessions_root() / key)
        if not owner or owner == name:
            break
        # Another script had this path before, and has taken its session along.
        key = _digest(f"{name}\0{again}")
    return _make_location(key, name)


def record_script(location: Location) -> None:
    """Record the session's script, for when it is renamed; does nothing without a directory."""
    if Path(location.name).is_absolute() and recorded_script(location.data) != location.name:
        with contextlib.suppress(OSError):  # Only a later rename needs it.
            _write_line(location.data / "script", location.name)


def recorded_script(data: Path) -> str:
    """Return the script that a session's directory belongs to; empty if none is recorded."""
    return _read_line(data / "script")


def take_over(location: Location, key: str) -> None:
    """Assign the session ``key``, whose own script is gone, to another script."""
    make_private(location.data)
    _write_line(sessions_root() / key / "script", location.name)
    _write_line(location.data / "moved", key)


def of_unsaved(name: str, owner: str) -> Location:
    """Return the location of a document without a file; ``owner`` keeps equal names apart."""
    return _make_location(_digest(f"unsaved\0{owner}\0{name}"), name)


def runtime_root() -> Path:
    """Return the directory of all sessions' sockets: the first usable one."""
    return next(runtime_roots())


def runtime_roots() -> Iterator[Path]:
    """Return directories for sockets, best first; none that another user could have created.

    A socket's whole path may have 100 characters. If a configured path is too long, a directory
    with a short, random name comes last.
    """
    for root in configured_roots():
        if len(os.fsencode(root)) + LONGEST_SOCKET <= SOCKET_LIMIT:
            yield root
    yield _short_root()


def configured_roots() -> Iterator[Path]:
    """Return the directories for sockets from the environment, of any length."""
    if chosen := os.environ.get("CELLBRIDGE_RUNTIME_DIR"):
        yield Path(os.path.abspath(chosen))  # noqa: PTH100 (absolute, and links as they are)
    run = os.environ.get("XDG_RUNTIME_DIR")
    for directory in (Path(run) if run else None, Path(f"/run/user/{os.getuid()}")):
        if directory is not None and directory.is_absolute() and is_private(directory):
            yield directory / "cellbridge"
    from platformdirs import user_cache_path  # noqa: PLC0415 (kept out of the server's start)

    cache = user_cache_path("cellbridge")
    if _is_creatable(cache):
        yield cache / "run"


def _short_root() -> Path:
    """Return the randomly named directory recorded in the data directory; create both if needed."""
    note = data_root() / "runtime"
    known = Path(_read_line(note))
    if known.is_absolute() and (is_private(known) or not os.path.lexists(known)):
        return known
    shortest = min(tempfile.gettempdir(), "/tmp", key=len)  # noqa: S108 (the name in it is random)
    made = Path(tempfile.mkdtemp(prefix="cb-", dir=shortest))
    try:
        make_private(note.parent)
        _write_line(note, str(made))
    except (SessionError, OSError):
        made.rmdir()
        return next(configured_roots())  # Using it raises the error to report.
    return Path(_read_line(note))


def source_root() -> Path:
    """Return the directory for the texts of runs, under one path for every kernel of a script.

    Caches such as joblib's derive names from it.
    """
    return runtime_root() / "source"


def data_root() -> Path:
    """Return the directory of all sessions' data."""
    if chosen := os.environ.get("CELLBRIDGE_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path  # noqa: PLC0415 (kept out of the server's start)

    return user_data_path("cellbridge")


def sessions_root() -> Path:
    """Return the directory that holds one directory per session."""
    return data_root() / "sessions"


def make_private(directory: Path) -> None:
    """Create ``directory`` for the user alone; see the module's invariant.

    Raises:
        SessionError: it cannot be created, or is not the user's own.
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
            f"The directory {directory} cannot be created ({error.strerror}); "
            "free it, or point CELLBRIDGE_RUNTIME_DIR and CELLBRIDGE_DATA_DIR elsewhere."
        ) from error


def check_owner(runtime: Path) -> None:
    """Check the owner of a session's socket directory before any file in it is used.

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


def _is_creatable(directory: Path) -> bool:
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return os.access(directory, os.W_OK) and directory.stat().st_uid == os.getuid()


def _make_location(key: str, name: str) -> Location:
    return Location(key, name, runtime_root() / key, sessions_root() / key)


def _read_line(path: Path) -> str:
    try:
        return ownership.read_own(path).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _write_line(path: Path, line: str) -> None:
    """Write a note atomically."""
    ownership.write_own(path, line.encode("utf-8", "surrogateescape"))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
