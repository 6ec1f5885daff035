"""The choice of a kernelspec, and the messages without one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cellbridge.kernel.errors import KernelStartError, UnknownKernel
from cellbridge.kernel.find.specs import find, list_specs, missing_program
from support import fake_kernel


@pytest.fixture(autouse=True)
def own_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only what a test registers can be found, as on a machine where nothing is installed."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    return tmp_path


def write(directory: Path, name: str, text: str) -> None:
    folder = directory / "kernels" / name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(text, "utf-8")


def test_our_own_interpreter_needs_no_kernelspec() -> None:
    spec = find(None, "python")
    assert (spec.name, spec.argv[:3]) == ("python3", (sys.executable, "-m", "ipykernel_launcher"))
    assert spec.runs_ipykernel
    assert missing_program(spec) is None
    assert find("python3", "python").runs_ipykernel


def test_our_own_interpreter_is_the_default_beside_another_python3(own_specs: Path) -> None:
    other = {"argv": ["/other/python"], "display_name": "Other", "language": "python"}
    write(own_specs, "python3", json.dumps(other))
    assert find(None, "Python").argv[0] == sys.executable
    assert find("python3", "python").argv == ("/other/python",)


def test_the_language_chooses(own_specs: Path) -> None:
    fake_kernel.register(own_specs)
    assert find(None, "FAKE").name == "fake"


def test_an_unknown_kernel_is_told_what_there_is(own_specs: Path) -> None:
    fake_kernel.register(own_specs)
    with pytest.raises(UnknownKernel) as caught:
        find("julia", "julia")
    assert str(caught.value) == (
        "The kernel julia is not registered on this machine (registered: fake, python3). "
        "Choose one of these, or register it and try again."
    )
    with pytest.raises(UnknownKernel, match="A kernel for julia is not registered"):
        find(None, "julia")


@pytest.mark.parametrize("text", ["{", "[]", '{"argv": 3}', "\x00"])
def test_a_broken_kernelspec_hides_only_itself(own_specs: Path, text: str) -> None:
    write(own_specs, "broken", text)
    fake_kernel.register(own_specs)
    assert [spec.name for spec in list_specs()] == ["fake", "python3"]
    with pytest.raises(KernelStartError, match="kernelspec of broken cannot be read"):
        find("broken", "python")


def test_a_name_no_file_can_have_is_only_unknown() -> None:
    with pytest.raises(UnknownKernel):
        find("../../etc", "python")
    with pytest.raises(UnknownKernel):
        find("é \x00", "python")


def test_a_program_that_is_gone_is_named(own_specs: Path) -> None:
    spec = {"argv": ["/gone/bin/python", "-m", "x"], "display_name": "", "language": "python"}
    write(own_specs, "gone", json.dumps(spec))
    problem = missing_program(find("gone", "python"))
    assert str(problem) == (
        "The kernel gone could not start: its program /gone/bin/python does not exist. "
        f"Correct {own_specs}/kernels/gone/kernel.json, or choose another kernel."
    )


def test_no_argv_at_all(own_specs: Path) -> None:
    write(own_specs, "empty", '{"argv": [], "display_name": "", "language": "python"}')
    assert "its program (none given) does not exist" in str(missing_program(find("empty", "x")))
