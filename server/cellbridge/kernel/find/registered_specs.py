"""The kernelspecs that are registered on this machine, read through jupyter_client.

Owns the reading of kernel.json files. It is slow to import, so it is imported only for registered
kernels, and not for our own interpreter's. It must not start or choose anything.
"""

from __future__ import annotations

import os
from typing import Any, cast

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import TraitError

from cellbridge.kernel.errors import KernelStartError, UnknownKernel
from cellbridge.kernel.find.spec import Spec

_BROKEN = (OSError, ValueError, TypeError, RecursionError, TraitError)
"""Errors of reading an invalid kernel.json."""


def list_specs() -> list[Spec]:
    """Return every kernelspec that can be read, by name."""
    manager = _manager()
    found: list[Spec] = []
    for name in sorted(manager.find_kernel_specs()):
        try:
            found.append(_spec(name, manager.get_kernel_spec(name)))
        except (NoSuchKernel, *_BROKEN):
            # A broken kernel.json hides its own kernel only.
            continue
    return found


def load(name: str) -> Spec:
    """Return the kernelspec of that name.

    Raises:
        UnknownKernel: it does not exist; the message lists the registered ones.
        KernelStartError: it cannot be read.
    """
    try:
        return _spec(name, _manager().get_kernel_spec(name))
    except NoSuchKernel:
        raise UnknownKernel(f"The kernel {name}", [spec.name for spec in list_specs()]) from None
    except _BROKEN as error:
        raise KernelStartError(
            f"The kernelspec of {name} cannot be read ({error}). Register the kernel again."
        ) from error


def _manager() -> KernelSpecManager:
    """Return jupyter_client's manager, without the directories that it cannot read."""
    manager = KernelSpecManager()
    manager.kernel_dirs = [place for place in manager.kernel_dirs if os.access(place, os.R_OK)]
    return manager


def _spec(name: str, spec: KernelSpec) -> Spec:
    untyped = cast("Any", spec)  # traitlets: attributes have no static types
    return Spec(
        name=name,
        display_name=str(untyped.display_name) or name,
        language=str(untyped.language),
        argv=tuple(str(part) for part in untyped.argv),
        directory=str(untyped.resource_dir),
        interrupt_mode=str(untyped.interrupt_mode),
        env=dict(untyped.env),
        metadata=dict(untyped.metadata),
    )
