"""Files of JSON, TOML and YAML that are nested deeper than their readers can go."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellbridge.cli.errors import CommandError
from cellbridge.cli.run.parameters import read_parameters
from cellbridge.core.json_depth import LEVELS, MESSAGE_LEVELS
from cellbridge.kernel.find.kernel_choice import interpreter_settings
from cellbridge.kernel.find.projects import find_environments
from cellbridge.kernel.process.kernel_records import recorded_kernels
from cellbridge.notebooks.errors import FileError
from cellbridge.notebooks.ipynb import read
from cellbridge.notebooks.pairs import PairSource, pair_of

DEEP = "[" * 5_000 + "]" * 5_000


def notebook(levels: int) -> bytes:
    deep = "[" * levels + "]" * levels
    output = f'{{"output_type": "display_data", "metadata": {{}}, "data": {{"x/y+json": {deep}}}}}'
    cell = (
        '{"cell_type": "code", "id": "a", "metadata": {}, "source": "", "execution_count": null, '
        f'"outputs": [{output}]}}'
    )
    return f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{cell}]}}'.encode()


def test_a_notebook_may_hold_what_a_kernel_may_send_and_no_more() -> None:
    assert read(notebook(MESSAGE_LEVELS), "a.ipynb").notebook["cells"]
    for levels in (LEVELS, 900, 5_000):
        with pytest.raises(FileError, match=f"a.ipynb .* deeper than {LEVELS} levels"):
            read(notebook(levels), "a.ipynb")


def test_settings_nested_too_deeply_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text(DEEP)
    assert [value for _, value in interpreter_settings(tmp_path)] == [""]
    (tmp_path / "pyproject.toml").write_text(f"[tool]\nx = {DEEP}\n")
    assert list(find_environments(tmp_path, {"HOME": str(tmp_path)})) == []
    script = tmp_path / "a.py"
    script.touch()
    for name in ("jupytext.toml", "jupytext.yml", ".jupytext.json"):
        (tmp_path / name).write_text(f"x = {DEEP}" if name.endswith("toml") else DEEP)
        assert pair_of(script, {}).source is PairSource.NAME
        (tmp_path / name).unlink()


def test_a_record_nested_too_deeply_is_none(tmp_path: Path) -> None:
    (tmp_path / "k1.kernel").write_text(f'{{"x": {DEEP}}}')
    assert list(recorded_kernels(tmp_path)) == []


def test_a_parameter_nested_too_deeply_is_refused() -> None:
    with pytest.raises(CommandError, match="nested deeper"):
        read_parameters([f"x={DEEP}"])
