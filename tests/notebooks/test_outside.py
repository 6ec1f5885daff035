"""A pair's other file is written inside the project only, and through no link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cellbridge.notebooks import atomic_files, file_conversion, sync, sync_process
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.sync_process import SyncRequest
from support.second_user import needs_second_user, run_as_other, shared_folder

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: {}\n# ---\n\n# %%\nx = 1\n"
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
PAIRED = EMPTY.replace('"metadata": {}', '"metadata": {"jupytext": {"formats": "%s"}}')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / ".git").mkdir()
    (tmp_path / "out").mkdir()
    return folder


def script_with(folder: Path, formats: str, name: str = "a.py") -> Path:
    path = folder / name
    path.write_text(HEADER.format(formats))
    return path


def everything(folder: Path) -> dict[str, str]:
    """Return the contents of a folder: the text of files, the targets of links."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink()
        else path.read_text() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


def check_refused(path: Path, root: Path, said: str) -> None:
    """Neither saving nor the command writes anything; both explain it in one sentence."""
    before = everything(root)
    answer = sync_process.handle(SyncRequest(str(path), "save"))
    assert said in answer.problem
    assert answer.problem.count(". ") == 0
    with pytest.raises(FileError, match="was not written because") as raised:
        sync.sync(path)
    assert said in str(raised.value)
    assert everything(root) == before


OUTSIDE = [
    "{out}//ipynb,py:percent",
    "../../out//ipynb,py:percent",
    "../../../../../../../../{out}//ipynb,py:percent",
    "../src/../../out//ipynb,py:percent",
]


@pytest.mark.parametrize("formats", OUTSIDE)
def test_a_header_that_leads_out_of_the_project(project: Path, formats: str) -> None:
    path = script_with(project / "src", formats.format(out=project.parent / "out"))
    said = f"a.ipynb was not written because it lies outside the project {project}"
    check_refused(path, project.parent, said)


def test_without_a_project_the_script_s_own_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    check_refused(
        script_with(tmp_path / "alone", "../beside//ipynb,py:percent"),
        tmp_path,
        f"lies outside the project {tmp_path / 'alone'}",
    )
    below = script_with(tmp_path / "alone", "beside//ipynb,py:percent", "b.py")
    assert sync.sync(below).notebook == tmp_path / "alone" / "beside" / "b.ipynb"


def test_a_notebook_that_names_a_script_elsewhere(project: Path) -> None:
    path = project / "src" / "a.ipynb"
    path.write_text(PAIRED % "ipynb,../../out//py:percent")
    before = everything(project.parent)
    answer = sync_process.handle(SyncRequest(str(path), "script"))
    assert "a.py was not written because it lies outside the project" in answer.problem
    assert everything(project.parent) == before


def test_settings_count_inside_their_own_folder(project: Path) -> None:
    path = project / "src" / "a.py"
    path.write_text("# %%\nx = 1\n")
    (project / "jupytext.toml").write_text('formats = "../out///ipynb,src///py:percent"')
    check_refused(path, project.parent, f"lies outside the project {project}")
    (project / "jupytext.toml").write_text('formats = "books///ipynb,src///py:percent"')
    assert sync.sync(path).notebook == project / "books" / "a.ipynb"


def _dangling(project: Path) -> None:
    (project / "nb" / "a.ipynb").symlink_to(project.parent / "out" / "new.ipynb")


def _a_file(project: Path) -> None:
    (project.parent / "out" / "theirs.ipynb").write_text(EMPTY)
    (project / "nb" / "a.ipynb").symlink_to("../../out/theirs.ipynb")


def _the_folder(project: Path) -> None:
    (project / "nb").rmdir()
    (project / "nb").symlink_to("../out")


def _above_the_folder(project: Path) -> None:
    (project / "nb").rmdir()
    (project / "nb").symlink_to("src")


@pytest.mark.parametrize("plant", [_dangling, _a_file, _the_folder, _above_the_folder])
def test_nothing_is_written_through_a_link(project: Path, plant: Callable[[Path], None]) -> None:
    (project / "nb").mkdir()
    plant(project)
    path = script_with(project / "src", "../nb//ipynb,py:percent")
    check_refused(path, project.parent, "is a link")


def test_the_notebook_of_the_same_name_is_not_written_through_a_link(project: Path) -> None:
    path = project / "src" / "a.py"
    path.write_text("# %%\nx = 1\n")
    (project / "src" / "a.ipynb").symlink_to(project.parent / "out" / "new.ipynb")
    assert sync_process.handle(SyncRequest(str(path), "save")).problem == "", "it was never in step"
    with pytest.raises(FileError, match="it is a link"):
        sync.sync(path)
    assert list((project.parent / "out").iterdir()) == []


def test_a_script_opened_through_a_linked_folder_has_its_notebook_beside_it(project: Path) -> None:
    (project / "way").symlink_to(project.parent / "out")
    path = script_with(project / "way", "ipynb,py:percent")
    assert sync.sync(path).notebook == project / "way" / "a.ipynb"


def test_a_link_that_is_made_at_the_last_moment_is_not_followed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either as the file, which is replaced, or as its folder, which is held open."""
    outside = project.parent / "out" / "theirs.ipynb"
    outside.write_text("theirs")
    target = project / "nb" / "a.ipynb"
    target.parent.mkdir()

    def as_the_file(*_: object) -> None:
        target.symlink_to(outside)

    monkeypatch.setattr(atomic_files, "_is_unchanged", as_the_file)
    atomic_files.write(target, b"ours", inside=project)
    assert (target.is_symlink(), target.read_text(), outside.read_text()) == (
        False,
        "ours",
        "theirs",
    )

    def as_the_folder(*_: object) -> None:
        target.parent.rename(project / "moved")
        target.parent.symlink_to(outside.parent)

    monkeypatch.setattr(atomic_files, "_is_unchanged", as_the_folder)
    atomic_files.write(target, b"ours again", inside=project)
    assert (project / "moved" / "a.ipynb").read_text() == "ours again"

    monkeypatch.setattr(atomic_files, "check_inside", lambda *_: None)
    with pytest.raises(FileError, match="is a link"):
        atomic_files.write(target, b"ours at last", inside=project)
    assert everything(outside.parent) == {"theirs.ipynb": "theirs"}


def test_a_path_that_climbs_out_is_outside(project: Path) -> None:
    with pytest.raises(FileError, match="lies outside the project"):
        atomic_files.write(project / "src" / ".." / ".." / "out" / "a.ipynb", b"", inside=project)


def test_a_first_notebook_is_announced_and_later_ones_are_not(project: Path) -> None:
    path = script_with(project / "src", "../nb//ipynb,py:percent")
    said = f"Created the notebook {project / 'nb' / 'a.ipynb'}, paired by the header of a.py."
    assert sync_process.handle(SyncRequest(str(path), "save")).note == said
    path.write_text(path.read_text() + "y = 2\n")
    again = sync_process.handle(SyncRequest(str(path), "save"))
    assert (again.note, again.problem) == ("", "")
    assert "y = 2" in (project / "nb" / "a.ipynb").read_text()


def test_what_a_conversion_keeps_beside_the_script_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(EMPTY)
    (tmp_path / ".b.py.kept.ipynb").symlink_to(tmp_path / "theirs")
    with pytest.raises(FileError, match="it is a link"):
        file_conversion.convert_file(tmp_path / "a.ipynb", tmp_path / "b.py")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.py.kept.ipynb", "a.ipynb"]


@needs_second_user
def test_another_user_s_header_and_settings_write_nothing_of_ours() -> None:
    with shared_folder() as shared:
        (shared / "ours").mkdir()
        ours = shared / "ours" / "book.ipynb"
        ours.write_text(EMPTY)
        code = (
            "import os, sys; from pathlib import Path; shared = Path(sys.argv[1]);"
            "(shared / 'theirs').mkdir();"
            "(shared / '.git').mkdir();"
            "(shared / 'jupytext.toml').write_text('formats = \"ours///ipynb,theirs///py\"');"
            "(shared / 'theirs' / 'book.py').write_text(sys.argv[2]);"
            "(shared / 'theirs' / 'set.py').write_text('# %%\\n1\\n')"
        )
        run_as_other(code, shared, HEADER.format("../ours//ipynb,py:percent"))
        check_refused(shared / "theirs" / "book.py", shared, "lies outside the project")
        answer = sync_process.handle(SyncRequest(str(shared / "theirs" / "set.py"), "save"))
        assert (answer.notebook, answer.problem) == ("", "")
        assert [one.entry for one in answer.ignored] == [str(shared / "jupytext.toml")]
        assert ours.read_text() == EMPTY
