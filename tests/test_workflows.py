"""The workflows and forms in .github are valid, and the workflows are safe by zizmor's rules.

Neither tool needs a network: the schemas are part of check-jsonschema.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

GITHUB = Path(__file__).resolve().parent.parent / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(
    path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
)


def check(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment."""
    program = Path(sys.executable).with_name(str(command[0]))
    return subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, check=False, cwd=GITHUB.parent
    )


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_files_match_their_schema(schema: str, paths: list[Path]) -> None:
    assert paths
    done = check("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_workflow_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("on: push\njobs:\n  a:\n    runs_on: ubuntu-latest\n", "utf-8")
    done = check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", wrong)
    assert done.returncode == 1


def test_workflows_are_safe() -> None:
    config = GITHUB / "zizmor.yml"
    done = check("zizmor", "--offline", "--no-progress", "--config", config, *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr
