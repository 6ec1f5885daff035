"""Fixtures for the tests of the command."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def kernelspecs() -> Iterator[Path]:
    """Return the user's directory of kernelspecs, and empty it after the test."""
    directory = Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels"
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
