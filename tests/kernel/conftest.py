"""Kernels for the tests of this package: our own ipykernel, and the fake one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cellbridge.kernel.find.spec import Spec
from cellbridge.kernel.find.specs import find
from support import fake_kernel

FakeSpec = Callable[..., Spec]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSpec:
    """Register the fake kernel with some options and find it."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def register(*options: str, **fields: object) -> Spec:
        return find(fake_kernel.register(tmp_path, *options, **fields), "fake")

    return register


@pytest.fixture
def python() -> Spec:
    """The kernel of our own interpreter."""
    return find(None, "python")
