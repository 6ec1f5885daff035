"""Settings of jedi's that another user has put above a script load no modules of that user."""

from __future__ import annotations

import json
from pathlib import Path

from cellbridge.analysis import jedi_worker
from support.second_user import needs_second_user, run_as_other, shared_folder

PLANTED = """
import json, os, sys; from pathlib import Path
shared = Path(sys.argv[1])
(shared / ".jedi").mkdir()
data = {"path": str(shared), "sys_path": [str(shared / "theirs")], "smart_sys_path": False}
(shared / ".jedi" / "project.json").write_text(json.dumps([1, data]))
os.mkfifo(shared / "manage.py")
"""


@needs_second_user
def test_the_planted_project_is_not_used(tmp_path: Path) -> None:
    with shared_folder() as shared:
        run_as_other(PLANTED, shared)
        (shared / "mine").mkdir()
        project = jedi_worker._project(str(shared / "mine" / "script.py"))
        assert project.path == shared / "mine"
        assert project.sys_path is None
        (shared / "mine" / ".git").mkdir()
        (shared / "mine" / "deep").mkdir()
        deep = jedi_worker._project(str(shared / "mine" / "deep" / "script.py"))
        assert deep.path == shared / "mine"
    (tmp_path / ".jedi").mkdir()
    data = {"path": str(tmp_path), "sys_path": ["/ours"]}
    (tmp_path / ".jedi" / "project.json").write_text(json.dumps([1, data]))
    assert jedi_worker._project(str(tmp_path / "script.py")).sys_path == ["/ours"], "our own"


def test_our_own_project_is_found_as_jedi_finds_it(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    (tmp_path / "src").mkdir()
    project = jedi_worker._project(str(tmp_path / "src" / "script.py"))
    assert project.path == tmp_path
