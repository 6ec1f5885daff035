"""``cellbridge trust``: the user's exceptions, and what other commands report of ignored files."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import cellbridge
from support.environments import pretend


def test_folders_are_trusted_listed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    project = tmp_path / "project"
    python = pretend(project / ".venv", ipykernel="7.4.0")
    (project / "a.py").write_text("# %%\n1\n")
    project.chmod(0o777)
    why = cellbridge("kernels", "--why", "a.py", cwd=project)
    said = (
        f"{project / '.venv'} was ignored because {project} can be changed by every user; "
        f"to use it, trust its folder (cellbridge trust {project})."
    )
    assert said in why.out.splitlines()
    assert str(python) not in why.out
    done = cellbridge("trust", cwd=project)
    assert (done.code, done.out) == (0, f"{project} is trusted, with all folders below it.\n")
    assert cellbridge("trust", "--list", cwd=tmp_path).out == f"{project}\n"
    assert str(python) in cellbridge("kernels", "--why", "a.py", cwd=project).out
    assert cellbridge("trust", "--remove", "project", cwd=tmp_path).code == 0
    gone = cellbridge("trust", "--remove", "project", cwd=tmp_path)
    assert (gone.code, gone.err) == (
        1,
        "project was not trusted; cellbridge trust --list shows all trusted folders.\n",
    )
    none = cellbridge("trust", "none", cwd=tmp_path)
    assert (none.code, none.err) == (
        1,
        "none is no folder, so it cannot be trusted; check the path.\n",
    )
