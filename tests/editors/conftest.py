"""What every test of an editor needs: a script to open, whose session ends with the test."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import sessions

# The editors start `cellbridge` by its name, as their users do.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Write a script to be opened."""
    path = tmp_path / "script.py"

    def write(text: str) -> Path:
        path.write_text(text, "utf-8")
        return path

    yield write
    asyncio.run(sessions.stop(path))
