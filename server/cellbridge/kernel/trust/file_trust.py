"""The trust rule for files found near a script that another user could have written.

Owns the rule, and the message about a refused file. The idea is that of git's ``safe.directory``:
programs that such a file names run with the user's rights, so a file is used only if no other user
could have put it there. It must not know the meaning of the files. The user's exceptions are in
trusted_folders.py.

A file or folder is used when, for it and every folder and link on the way to it:

    - it belongs to the user or to root (and, under sudo, to the user who called it);
    - other users cannot write to it: neither all users, nor a group with other members;
    - except that a folder on the way may be sticky, such as ``/tmp``: others rename nothing there;
    - or the folder that contains it is in a folder that the user trusts.

The same applies to the targets of all links, such as an environment's interpreter.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cellbridge.kernel.trust import trusted_folders

_LINKS = 40
"""Links that one path may lead through, as in the kernel."""
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FIRST_ACCOUNT = 1000
"""Group ids below this number are the system's own on Linux."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/etc", "/nix", "/gnu")
"""Folders whose owner root may have no number in a container."""
_ROOTS = (".git", ".hg", "pyproject.toml", "setup.py", "jupytext.toml", ".jupytext.toml")
"""Files and folders that mark the root of a project."""
LEVELS = 24
"""Number of parent directories in which a script's project is searched for."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file near a script that is not used, since another user could have written it."""

    entry: Path
    """The file or folder."""
    folder: Path
    """The folder that contains it, which the user would have to trust."""
    reason: str
    """To be read after "because"."""

    @property
    def text(self) -> str:
        """The description of the refusal, without a full stop."""
        return f"{self.entry} was ignored because {self.reason}"

    @property
    def command(self) -> str:
        """The command that makes the folder trusted."""
        return f"cellbridge trust {shlex.quote(str(self.folder))}"

    @property
    def sentence(self) -> str:
        """The message to the user: the refusal and how to lift it."""
        return f"{self.text}; to use it, trust its folder ({self.command})."


def refusal(
    entry: Path, folder: Path | None = None, leads: tuple[Path, ...] = ()
) -> Refusal | None:
    """Return the refusal of ``entry``; None if it may be used.

    ``leads`` are the files that would be run or read because of it. A missing file is not refused.
    """
    folder = folder or entry.parent
    for path in (entry, *leads):
        if reason := _reason(path, entry):
            return None if trusted_folders.is_trusted(folder) else Refusal(entry, folder, reason)
    return None


def project_root(directory: Path) -> Path:
    """Return the nearest folder upwards that contains a project; otherwise ``directory``.

    The home directory and its parents are never projects, nor are folders with another user's files
    as marks.
    """
    home = Path.home()
    for level in (directory, *directory.parents)[:LEVELS]:
        if level == home:
            break
        for name in _ROOTS:
            if os.path.lexists(level / name) and _reason(level / name, level) == "":
                return level
    return directory


def _reason(path: Path, entry: Path) -> str:
    """Return the fault of a path as a clause; empty without one."""
    steps = _steps(path.absolute())
    found = next(steps, None)
    while found is not None:
        step, status = found
        found = next(steps, None)
        if status is None:
            return f"{_step_name(step, entry)} cannot be examined"
        if fault := _fault(step, status, last=found is None):
            return f"{_step_name(step, entry)} {fault}"
    return ""


def _step_name(step: Path, entry: Path) -> str:
    return "it" if step == entry else str(step)


def _steps(path: Path) -> Iterator[tuple[Path, os.stat_result | None]]:
    """Yield each existing folder, link and file that opening ``path`` passes through.

    The status is None if it may not be read.
    """
    current, links = Path("/"), 0
    pending = [*reversed(path.parts[1:])]
    yield current, current.lstat()
    while pending:
        part = pending.pop()
        if part == "..":
            current = current.parent
            continue
        step = current / part
        try:
            status = step.lstat()
            target = step.readlink() if stat.S_ISLNK(status.st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError):
            yield step, None
            return
        yield step, status
        if target is None:
            current = step
            continue
        if (links := links + 1) > _LINKS:
            yield step, None
            return
        current = Path("/") if target.is_absolute() else current
        pending += reversed([part for part in target.parts if part != target.root])


def _fault(step: Path, status: os.stat_result, *, last: bool) -> str:
    """Return how another user could change one step, as a clause; empty if none could."""
    mode = status.st_mode
    if status.st_uid not in _trusted_owners() and not _is_system_file(
        step, status.st_uid, last=last
    ):
        return f"belongs to {_user(status.st_uid)}"
    if stat.S_ISLNK(mode) or not mode & _OTHERS:
        return ""
    if stat.S_ISDIR(mode) and mode & stat.S_ISVTX and not last:
        return ""
    if mode & stat.S_IWOTH and not _has_no_owners(step):
        return "can be changed by every user"
    if mode & stat.S_IWGRP and (_is_shared(status.st_gid) or _has_access_list(step)):
        return f"can be changed by the group {_group(status.st_gid)}"
    return ""


# --- users and groups
# -----------------------------------------------------------------------------------


def _trusted_owners() -> frozenset[int]:
    """Return the trusted owners of files: this user, root, and the caller of sudo."""
    ours = {0, os.geteuid()}
    if os.geteuid() == 0 and (caller := os.environ.get("SUDO_UID", "")).isdecimal():
        ours.add(int(caller))
    return frozenset(ours)


def _is_system_file(step: Path, owner: int, *, last: bool) -> bool:
    """Return True if a file may be root's, where root has no number in this container.

    Its owner then appears as the overflow user. It is accepted for folders on the way, and for the
    system's.
    """
    if owner != _overflow_owner():
        return False
    return not last or any(step.is_relative_to(folder) for folder in _SYSTEM)


@lru_cache(maxsize=1)
def _overflow_owner() -> int:
    """Return the owner that stands for all users without a number here; -1 if all have one."""
    try:
        mapped = Path("/proc/self/uid_map").read_text("ascii").split()
        nobody = int(Path("/proc/sys/kernel/overflowuid").read_text("ascii"))
    except (OSError, ValueError):
        return -1
    return -1 if mapped == ["0", "0", "4294967295"] else nobody


@lru_cache(maxsize=64)
def _is_shared(group: int) -> bool:
    """Return True if a group has members other than the user, or if that is unknown."""
    if group == 0 or (sys.platform == "darwin" and group == 80):  # members can become root
        return False
    me, mine = _account()
    try:
        entry = grp.getgrgid(group)
    except KeyError:
        return group != mine
    if set(entry.gr_mem) - {me, "root"}:
        return True
    if group == mine and entry.gr_name == me:
        return False  # Each user has a private group, as on most Linux systems.
    if group >= _FIRST_ACCOUNT or sys.platform == "darwin":
        return True
    return any(
        one.pw_gid == group and one.pw_uid not in _trusted_owners() for one in pwd.getpwall()
    )


def _account() -> tuple[str, int]:
    """Return the user's name and group."""
    try:
        found = pwd.getpwuid(os.geteuid())
    except KeyError:
        return "", os.getegid()
    return found.pw_name, found.pw_gid


def _user(number: int) -> str:
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


# --- file systems ---------------------------------------------------------------------------------


def _has_access_list(step: Path) -> bool:
    """Return True if a file has an access list; the group's bits are then its sum."""
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(step, "system.posix_acl_access", follow_symlinks=False))
    except OSError:
        return False


def _has_no_owners(step: Path) -> bool:
    """Return True if a file is on a Windows drive in WSL, where all files are writable by all."""
    device = step.lstat().st_dev
    return f"{os.major(device)}:{os.minor(device)}" in _windows_drives()


@lru_cache(maxsize=1)
def _windows_drives() -> frozenset[str]:
    """Return the devices of Windows drives, as ``major:minor``."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    found: set[str] = set()
    for line in lines:
        before, _, after = line.partition(" - ")
        if after.startswith("drvfs ") or (after.startswith("9p ") and "aname=drvfs" in after):
            found.add(before.split()[2])
    return frozenset(found)
