"""What tests of the command share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def kernelspecs() -> Iterator[Path]:
    """The user's directory of kernelspecs, emptied after the test."""
    directory = Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels"
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
