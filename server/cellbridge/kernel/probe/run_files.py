# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
# ruff: noqa: PTH102, PTH106, PTH108, PTH119, PTH120, PTH202 - each run waits for these, and paths
# as text are several times as fast
"""Runs inside ipykernel: the files with the texts of runs.

Owns the files' names, their directories and their bounds. It must run on Python 3.9, must not
import cellbridge, and knows text only.

A file is ``ROOT/SCRIPT/ipykernel_PID-TEXT/analysis.py``: the host's private directory, a hash of
the script's path, a hash of the text, and the script's own name. joblib and numba recognise the
directory's name, and leave its number and hash out of the names in their caches.

Bounds: the last `FILES` files and `ON_DISK` bytes are kept. The host removes the files after the
kernel's end (kernel/process/source_files.py).
"""

import atexit
import contextlib
import functools
import hashlib
import os
import re
import shutil
import stat
import tempfile
import tokenize
from collections import OrderedDict

FILES = 1000
ON_DISK = 32 * 1024 * 1024
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)


class RunFiles:
    """The files of this process."""

    def __init__(self):
        self.root = ""
        self.sizes = OrderedDict()
        """The sizes of the files by their path, the latest last."""
        self.on_disk = 0
        """The sum of the sizes."""

    def use(self, root):
        """Write the files to ``root`` if it is a private directory of this user."""
        try:
            status = os.lstat(root)
        except (OSError, ValueError):
            return
        private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o77
        if private and status.st_uid == os.getuid():
            self.root = root

    def path(self, script, text):
        """Return the path for a text of a script; the file need not exist."""
        if not self.root:
            self.root = _temporary_root()
        folder, name = _script_parts(script)
        return f"{self.root}/{folder}/ipykernel_{os.getpid()}-{_digest(text, 8)}/{name}"

    def __contains__(self, path):
        return path in self.sizes

    def write(self, path, text):
        """Write a file, if that is possible."""
        directory = os.path.dirname(path)
        try:
            content = _encode(text)
            _make_directory(directory)
            with contextlib.suppress(FileExistsError):  # Of an earlier process with our number.
                _create(path, content)
            whole = os.path.getsize(path) == len(content)
        except (OSError, UnicodeError, SyntaxError, LookupError):
            whole = False
        if not whole:
            _remove_directory(directory)  # Half a text is another text.
            return
        self.sizes[path] = len(content)
        self.on_disk += len(content)

    def touch(self, path):
        """Keep a file longer than those that were used before."""
        self.sizes.move_to_end(path)

    def remove(self, path):
        """Remove a file, if it exists."""
        if path in self.sizes:
            self.on_disk -= self.sizes.pop(path)
            with contextlib.suppress(OSError):
                os.unlink(path)
            _remove_directory(os.path.dirname(path))

    def remove_oldest(self):
        """Remove the files beyond the bounds; return their paths."""
        removed = []
        while len(self.sizes) > FILES or self.on_disk > ON_DISK:
            removed.append(next(iter(self.sizes)))
            self.remove(removed[-1])
        return removed


def _temporary_root():
    """Return a new private directory, for a kernel that cannot reach the host's."""
    try:
        root = tempfile.mkdtemp(prefix="cellbridge-source-")
    except OSError:
        return f"{os.devnull}/cellbridge"  # No file can exist there.
    owner = os.getpid()

    def remove():
        if os.getpid() == owner:  # Not a process that a cell has forked.
            shutil.rmtree(root, ignore_errors=True)

    atexit.register(remove)
    return root


@functools.lru_cache(maxsize=64)
def _script_parts(script):
    """Return the names of the directory and of the files of a script."""
    return _digest(script, 6), os.path.basename(script) or "cell"


def _digest(text, size):
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def _make_directory(path):
    """Create the private directory of a file, and that of its script.

    Raises:
        OSError: it cannot be created.
    """
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):
            os.mkdir(os.path.dirname(path), 0o700)
        os.mkdir(path, 0o700)


def _create(path, content):
    """Write a new private file.

    Raises:
        OSError: it exists, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)


def _remove_directory(path):
    """Remove the directory of a file; numba may have written into it."""
    try:
        os.rmdir(path)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def _encode(text):
    """Return the bytes from which Python reads a text, whatever encoding it declares.

    Raises:
        UnicodeError, SyntaxError, LookupError: the encoding excludes the text.
    """
    content = text.encode("utf-8")
    if _CODING.search(content[: content.find(b"\n", content.find(b"\n") + 1)]):
        lines = iter(content.splitlines(keepends=True))
        coding, _ = tokenize.detect_encoding(functools.partial(next, lines))
        content = text.encode(coding)
    return content
