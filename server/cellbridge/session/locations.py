"""Where a notebook's session lives on this machine: its sockets, its store, its log.

Owns every path that sessions use, and their privacy. It must not open what lies there, but for two
notes of a line each: ``script`` says whose session a directory is, and ``moved``, in the directory
that a script's path would give, names the one whose session it has taken over (moved.py).

Invariant: directories made here are 0700 and belong to the user; one that somebody else owns is
refused, since a socket in it could be theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cellbridge.session.errors import SessionError


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
        """Locked by the host for as long as it lives."""
        return self.runtime / "host.lock"

    @property
    def launch_lock(self) -> Path:
        """Locked by a client while it looks for a host and starts one."""
        return self.runtime / "launch.lock"

    @property
    def kernel(self) -> Path:
        """The directory of the kernel's connection file and sockets."""
        return self.runtime / "kernel"

    @property
    def store(self) -> Path:
        """The SQLite file with runs and outputs."""
        return self.data / "session.sqlite"

    @property
    def log(self) -> Path:
        """The host's log: with the store, or with the sockets where that place is read-only."""
        return (self.data if os.access(self.data, os.W_OK) else self.runtime) / "host.log"

    @property
    def variables(self) -> Path:
        """The file with the variables that were saved last."""
        return self.data / "variables"

    @property
    def variables_part(self) -> Path:
        """The file into which variables are being saved; see kernel/probe/saving.py."""
        return self.data / "variables.part"

    def prepare(self) -> None:
        """Make the directories, private to the user.

        A session can do without the one for its store, and says so (host/storage.py).

        Raises:
            SessionError: a directory cannot be made, or is not the user's own.
        """
        for directory in (self.runtime.parent, self.runtime, self.kernel):
            make_private(directory)
        try:
            make_private(self.data)
        except SessionError as error:
            if not isinstance(error.__cause__, OSError) or self.data.is_symlink():
                raise


def of_script(path: Path) -> Location:
    """Return the location of the session of the script at ``path``, through any symbolic links."""
    name = os.path.realpath(path)
    key = _digest(name)
    taken = _line_of(sessions_root() / key / "moved")
    if taken and noted(sessions_root() / taken) == name:
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
    """The directory of all sessions' sockets; a socket's whole path may have 100 characters."""
    if chosen := os.environ.get("CELLBRIDGE_RUNTIME_DIR"):
        return Path(chosen)
    if run := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(run) / "cellbridge"
    return Path(tempfile.gettempdir()) / f"cellbridge-{os.getuid()}"


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
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        raise SessionError(
            f"The directory {directory} cannot be made ({error.strerror}); "
            "free it, or point CELLBRIDGE_RUNTIME_DIR and CELLBRIDGE_DATA_DIR elsewhere."
        ) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise SessionError(
            f"{directory} belongs to someone else, so sessions in it would not be private; "
            "remove it or point CELLBRIDGE_RUNTIME_DIR elsewhere."
        )
    if status.st_mode & 0o077:
        with contextlib.suppress(OSError):  # On a disk that is read-only it stays as it is.
            directory.chmod(0o700)


def _location(key: str, name: str) -> Location:
    return Location(key, name, runtime_root() / key, sessions_root() / key)


def _line_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _write_line(path: Path, line: str) -> None:
    """Write a note in one step."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    beside.write_text(line, "utf-8", "surrogateescape")
    beside.replace(path)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
