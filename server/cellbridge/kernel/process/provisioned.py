"""Kernels started by a kernel provisioner, for example on another machine.

Owns the launch through jupyter_client if a kernelspec, or the environment, names a provisioner
("Kernel provisioning" in its documentation), and the handling of that process. All other kernels
are started by launch.py. It must not know messages.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cellbridge.kernel.channels.connection import Connection
from cellbridge.kernel.process.command_line import base_environment, unshadowed
from cellbridge.kernel.process.launch import LaunchPlan, check, next_stem, start_error
from cellbridge.kernel.process.process import KernelProcess, OutputFile, end_group

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager


async def launch(plan: LaunchPlan) -> KernelProcess:
    """Start the kernel through its provisioner.

    Raises:
        KernelStartError: it could not be started at all.
    """
    check(plan)
    stem = next_stem(plan)
    output = OutputFile(stem.with_suffix(".out"))
    terminal = output.open()
    manager = _manager(plan, stem)
    untyped: Any = manager
    try:
        command, options = await untyped.pre_start_kernel(
            cwd=plan.cwd,
            env=base_environment(plan.env),
            independent=plan.outlives,
            stdout=terminal,
            stderr=terminal,
        )
        info = await untyped.provisioner.launch_kernel(command, **options)
        await untyped.provisioner.post_launch(**options)
        connection = Connection.of(cast("Mapping[str, Any]", info))
        return ProvisionedProcess(manager, connection, output, [])
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        output.path.unlink(missing_ok=True)
        raise start_error(plan, error) from error
    finally:
        os.close(terminal)


class ProvisionedProcess(KernelProcess):
    """A process that a provisioner has started."""

    def __init__(
        self,
        manager: AsyncKernelManager,
        connection: Connection,
        output: OutputFile,
        files: Sequence[Path],
    ) -> None:
        """Use `launch`."""
        super().__init__(connection, output, files)
        self._manager = manager

    @property
    def pid(self) -> int:
        """The process id; 0 if the provisioner has none."""
        return int(getattr(self._provisioner, "pid", 0) or 0)

    @property
    def _provisioner(self) -> Any:
        return self._manager.provisioner  # untyped in jupyter_client, and never None after launch

    async def signal(self, number: int) -> None:
        """See `KernelProcess.signal`."""
        with contextlib.suppress(OSError):
            await self._provisioner.send_signal(number)

    async def terminate(self) -> None:
        """See `KernelProcess.terminate`."""
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.terminate()

    async def kill(self) -> None:
        """See `KernelProcess.kill`."""
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.kill()

    async def clean_up(self) -> None:
        """See `KernelProcess.clean_up`."""
        # Remaining processes in the kernel's process group, such as shell commands of cells.
        end_group(int(getattr(self._provisioner, "pgid", 0) or 0))
        with contextlib.suppress(OSError, ValueError):
            await self._provisioner.wait()
        await self._provisioner.cleanup(restart=False)
        self._manager.cleanup_connection_file()
        await super().clean_up()

    async def _has_ended(self) -> bool:
        code = await self._provisioner.poll()
        self.returncode = None if code is None else int(code)
        return code is not None


def _manager(plan: LaunchPlan, stem: Path) -> AsyncKernelManager:
    """Return a manager with one kernelspec, whose files are in our directory."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager  # noqa: PLC0415 - slow
    from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415 - slow to import

    spec = plan.spec
    known = KernelSpec(
        resource_dir=spec.directory,
        argv=unshadowed(spec.argv),
        display_name=spec.display_name,
        language=spec.language,
        interrupt_mode=spec.interrupt_mode,
        env=dict(spec.env),
        metadata=dict(spec.metadata),
    )

    class OneSpec(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - the base's
            return known

    return AsyncKernelManager(
        kernel_name=spec.name,
        kernel_spec_manager=OneSpec(),
        connection_file=str(stem.with_suffix(".json")),
    )
