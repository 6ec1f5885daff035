"""Files near a script that another user could have written: the rule, and the user's exceptions."""

from __future__ import annotations

import grp
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cellbridge.kernel.trust import file_trust, trusted_folders
from support.second_user import as_other, needs_second_user, other_user, shared_folder

STRANGER = 61234
"""A user who has no account."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("x")
    (folder / "file").chmod(0o644)
    return folder


@pytest.fixture(autouse=True)
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def reason(path: Path) -> str:
    found = file_trust.refusal(path)
    return found.reason if found is not None else ""


MODES: list[tuple[str, int, int, str]] = [
    ("a file of ours", 0o755, 0o644, ""),
    ("a private one", 0o700, 0o600, ""),
    ("a file that all may write", 0o755, 0o666, "it can be changed by every user"),
    ("a folder that all may write", 0o777, 0o644, "{folder} can be changed by every user"),
    ("a sticky folder that all may write", 0o1777, 0o644, ""),
    ("a file that all may write in a sticky folder", 0o1777, 0o646, "it can be changed by every"),
]


@pytest.mark.parametrize(
    ("folder", "file", "said"), [each[1:] for each in MODES], ids=[each[0] for each in MODES]
)
def test_permissions(project: Path, folder: int, file: int, said: str) -> None:
    (project / "file").chmod(file)
    project.chmod(folder)
    found = reason(project / "file")
    assert found.startswith(said.format(folder=project))
    assert bool(found) == bool(said)


def test_a_folder_that_is_found_itself_may_not_be_sticky_and_open(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv").chmod(0o1777)
    assert reason(project / ".venv") == "it can be changed by every user"


def test_what_is_not_there_is_not_refused(project: Path) -> None:
    assert reason(project / "none" / "file") == ""
    assert reason(project / "file" / "below a file") == ""


def test_links_are_followed_to_the_end(project: Path, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "target").write_text("")
    (project / "inner").symlink_to(tmp_path / "open" / "target")
    (project / "outer").symlink_to("inner")
    assert reason(project / "outer") == f"{tmp_path / 'open'} can be changed by every user"
    (project / "round").symlink_to("round")
    assert "cannot be examined" in reason(project / "round")
    (project / "up").symlink_to("../project/file")
    assert reason(project / "up") == ""


GROUPS: list[tuple[str, list[str], bool]] = [
    ("lab", ["ada", "bob"], True),
    ("lab", [], True),
    ("me", [], False),
    ("me", ["bob"], True),
    ("me", ["me"], False),
]


@pytest.mark.parametrize(("name", "members", "shared"), GROUPS)
def test_groups_count_that_have_other_members(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, members: list[str], shared: bool
) -> None:
    gid = 4321
    monkeypatch.setattr(file_trust, "_account", lambda: ("me", gid))
    monkeypatch.setattr(grp, "getgrgid", lambda _: grp.struct_group((name, "x", gid, members)))
    file_trust._is_shared.cache_clear()
    assert file_trust._is_shared(gid) is shared
    file_trust._is_shared.cache_clear()


@needs_second_user
def test_owners(project: Path) -> None:
    file = project / "file"
    os.chown(file, STRANGER, -1)
    assert reason(file) == f"it belongs to the user {STRANGER}"
    os.chown(file, 0, -1)
    os.chown(project, other_user().pw_uid, -1)
    assert reason(file) == f"{project} belongs to the user {other_user().pw_name}"
    (project.parent / "link").symlink_to(project)
    os.chown(project, 0, -1)
    assert reason(project.parent / "link" / "file") == ""
    os.chown(project.parent / "link", STRANGER, -1, follow_symlinks=False)
    said = f"{project.parent / 'link'} belongs to the user {STRANGER}"
    assert reason(project.parent / "link" / "file") == said


@needs_second_user
def test_the_user_who_called_sudo_is_the_user(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(project / "file", STRANGER, -1)
    assert reason(project / "file")
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert reason(project / "file") == ""


@needs_second_user
def test_for_others_than_root_files_of_root_count_and_of_third_users_do_not() -> None:
    with shared_folder() as shared:
        for name, owner in (("root", 0), ("third", STRANGER), ("own", other_user().pw_uid)):
            (shared / name).write_text("x")
            os.chown(shared / name, owner, -1)
        names = ("root", "third", "own")
        reasons: list[str] = as_other(_reasons, [str(shared / name) for name in names])
        assert reasons == ["", f"it belongs to the user {STRANGER}", ""]


def _reasons(paths: list[str]) -> list[str]:
    # The second user reads no list of this test's.
    os.environ["XDG_CONFIG_HOME"] = "/nonexistent"
    return [reason(Path(path)) for path in paths]


# --- the user's exceptions ------------------------------------------------------------------------


def test_a_trusted_folder_counts_with_all_below(project: Path, tmp_path: Path) -> None:
    project.chmod(0o777)
    (project / "deep").mkdir()
    (project / "deep" / "file").write_text("x")
    assert reason(project / "file")
    assert trusted_folders.add(project) == project
    assert reason(project / "file") == ""
    assert reason(project / "deep" / "file") == ""
    assert trusted_folders.folders() == [project]
    place = tmp_path / "config" / "cellbridge"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    (file,) = place.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    beside = tmp_path / "project-2"
    beside.mkdir()
    beside.chmod(0o777)
    (beside / "file").write_text("x")
    assert reason(beside / "file"), "a name that begins alike is another folder"
    assert trusted_folders.remove(project)
    assert not trusted_folders.remove(project)
    assert reason(project / "file")


def _nothing(file: Path) -> None:
    file.unlink()


def _writable(file: Path) -> None:
    file.chmod(0o666)


def _broken(file: Path) -> None:
    file.write_bytes(b"[\xff")


def _deep(file: Path) -> None:
    file.write_text("[" * 200_000)


def _other_types(file: Path) -> None:
    file.write_text(json.dumps([1, None, "relative", {}]))


def _a_link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [_nothing, _writable, _broken, _deep, _other_types, _a_link])
def test_a_list_that_is_not_private_or_no_list_trusts_nothing(
    project: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    trusted_folders.add(project)
    spoil(tmp_path / "config" / "cellbridge" / "trusted-folders.json")
    assert trusted_folders.folders() == []
    trusted_folders.add(project)
    assert trusted_folders.folders() == [project]


def test_what_cannot_be_trusted_is_explained(project: Path, tmp_path: Path) -> None:
    with pytest.raises(
        trusted_folders.TrustError, match="is not a folder, so it cannot be trusted"
    ):
        trusted_folders.add(project / "file")
    (tmp_path / "config").write_text("a file in the way")
    with pytest.raises(
        trusted_folders.TrustError, match=r"cannot be written to .*; make it writable"
    ):
        trusted_folders.add(project)
