"""The rule for files that are found near a script: which of them another user could have written.

Owns the rule, and the sentence about what it refuses. As git's ``safe.directory``: what such a file
names runs with the user's rights, so a file counts only if no other user could have put it there.
It must not know what the files mean. The user's exceptions are kept by trusted_folders.py.

A file or folder is used when, for it and every folder and link on the way to it:

    - it belongs to the user or to root (and, under sudo, to the user who called it);
    - other users cannot write to it: neither all, nor a group that has other members;
    - except that a folder on the way may be sticky, such as ``/tmp``: others rename nothing there;
    - or the folder in which it was found is below one that the user trusts.

The same holds for what it leads to: an environment's interpreter, through all links.
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
"""Group ids below are the system's own on Linux."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/etc", "/nix", "/gnu")
"""Folders whose owner root may have no number in a container."""
_ROOTS = (".git", ".hg", "pyproject.toml", "setup.py", "jupytext.toml", ".jupytext.toml")
"""What the root of a project holds."""
LEVELS = 24
"""So many directories upwards a script's project is looked for."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file near a script that is not used, since another user could have written it."""

    entry: Path
    """What was found."""
    folder: Path
    """Where it was found: what the user would have to trust."""
    reason: str
    """To be read after "because"."""

    @property
    def text(self) -> str:
        """What happened, without a full stop."""
        return f"{self.entry} was ignored because {self.reason}"

    @property
    def command(self) -> str:
        """What the user would type to have it used."""
        return f"cellbridge trust {shlex.quote(str(self.folder))}"

    @property
    def sentence(self) -> str:
        """What happened, and what to do."""
        return f"{self.text}; to use it, trust its folder ({self.command})."


def refusal(
    entry: Path, folder: Path | None = None, leads: tuple[Path, ...] = ()
) -> Refusal | None:
    """Return why ``entry`` is not used; None if it may be.

    ``leads`` are the files that would be run or read because of it. What is not there is not
    refused.
    """
    folder = folder or entry.parent
    for path in (entry, *leads):
        if reason := _reason(path, entry):
            return None if trusted_folders.covers(folder) else Refusal(entry, folder, reason)
    return None


def project_root(directory: Path) -> Path:
    """Return the nearest folder upwards that holds a project; ``directory`` where there is none.

    The home directory is no project, nor is anything above it; another user's mark makes none.
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
    """Return what is wrong with a path, as a clause; empty if nothing is."""
    steps = _steps(path.absolute())
    found = next(steps, None)
    while found is not None:
        step, status = found
        found = next(steps, None)
        if status is None:
            return f"{_named(step, entry)} cannot be examined"
        if fault := _fault(step, status, last=found is None):
            return f"{_named(step, entry)} {fault}"
    return ""


def _named(step: Path, entry: Path) -> str:
    return "it" if step == entry else str(step)


def _steps(path: Path) -> Iterator[tuple[Path, os.stat_result | None]]:
    """Yield each folder, link and file that opening ``path`` passes, as far as they are there.

    None stands for the status of one that may not be seen.
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
    """Return how another user could change one step; empty if none could."""
    mode = status.st_mode
    if status.st_uid not in _own() and not _is_systems(step, status.st_uid, last=last):
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


# --- who is who -----------------------------------------------------------------------------------


def _own() -> frozenset[int]:
    """Return the users whose files are used: this one, root, and who called sudo."""
    ours = {0, os.geteuid()}
    if os.geteuid() == 0 and (caller := os.environ.get("SUDO_UID", "")).isdecimal():
        ours.add(int(caller))
    return frozenset(ours)


def _is_systems(step: Path, owner: int, *, last: bool) -> bool:
    """Tell whether a file may be root's, who has no number in this container.

    Its owner is shown as "nobody" then. That counts for folders on the way, and for the system's.
    """
    if owner != _nameless():
        return False
    return not last or any(step.is_relative_to(folder) for folder in _SYSTEM)


@lru_cache(maxsize=1)
def _nameless() -> int:
    """Return the owner that stands for all who have no number here; -1 where all have one."""
    try:
        mapped = Path("/proc/self/uid_map").read_text("ascii").split()
        nobody = int(Path("/proc/sys/kernel/overflowuid").read_text("ascii"))
    except (OSError, ValueError):
        return -1
    return -1 if mapped == ["0", "0", "4294967295"] else nobody


@lru_cache(maxsize=64)
def _is_shared(group: int) -> bool:
    """Tell whether a group has members beside the user; in doubt it has."""
    if group == 0 or (sys.platform == "darwin" and group == 80):  # those who can become root
        return False
    me, mine = _account()
    try:
        entry = grp.getgrgid(group)
    except KeyError:
        return group != mine
    if set(entry.gr_mem) - {me, "root"}:
        return True
    if group == mine and entry.gr_name == me:
        return False  # Each user has a group of their own, as on most Linux systems.
    if group >= _FIRST_ACCOUNT or sys.platform == "darwin":
        return True
    return any(one.pw_gid == group and one.pw_uid not in _own() for one in pwd.getpwall())


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
    """Tell whether permissions are given to users one by one; the group's bits are their sum."""
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(step, "system.posix_acl_access", follow_symlinks=False))
    except OSError:
        return False


def _has_no_owners(step: Path) -> bool:
    """Tell whether a file lies on a Windows drive of WSL, where every file is writable by all."""
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
