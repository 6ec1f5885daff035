"""The kernels that a script can run in, and the sessions that run on this machine.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.commands import NotebookArguments
from cellbridge.lsp.protocol.declarations import Command, Method


@attrs.frozen
class KernelChoice:
    """One kernel that a script could run in."""

    id: str
    """Opaque: give it back to ``cellbridge.selectKernel``."""
    title: str
    """What a person reads, as ``Python 3.12.1 (.venv)``."""
    detail: str
    """Where it lies, or what it was registered as."""
    kind: Literal["kernelspec", "environment"]
    language: str
    current: bool
    """The script runs in it, or would if a cell were run now."""
    runnable: bool
    """False where something is missing first; ``problem`` says what."""
    problem: str = ""
    """One sentence: what is missing, and what to do. A runnable one may have a weakness too."""


@attrs.frozen
class KernelsParams:
    """A request for the kernels that a document can run in."""

    uri: str
    search: bool = False
    """Look for environments that the project does not name, too. Ask again while ``searching``."""


@attrs.frozen
class KernelsResult:
    """The kernels there are, the best first."""

    choices: list[KernelChoice]
    why: str
    """One sentence: why the current one is what it is."""
    searching: bool = False
    """The search goes on, and a later answer may hold more."""


@attrs.frozen
class SelectKernelArguments:
    """The argument of ``cellbridge.selectKernel``."""

    uri: str
    id: str
    """A choice's; empty forgets what was picked for the file."""


@attrs.frozen
class KernelExplanation:
    """What ``cellbridge.explainKernel`` has told."""

    text: str
    """Two or three sentences."""


@attrs.frozen
class InstallKernelPackageArguments:
    """The argument of ``cellbridge.installKernelPackage``."""

    uri: str
    id: str | None = None
    """A choice's; without it the current one is meant."""


@attrs.frozen
class InstallPackageArguments:
    """The argument of ``cellbridge.installPackage``."""

    uri: str
    package: str
    """The distribution's name, as ``scikit-learn``."""


@attrs.frozen
class TrustFolderArguments:
    """The argument of ``cellbridge.trustFolder``."""

    uri: str
    folder: str | None = None
    """One whose files were ignored for the document; without it, all of them."""


@attrs.frozen
class SessionsParams:
    """A request for the sessions that run on this machine."""


@attrs.frozen
class Session:
    """One session: a script's kernel, which outlives editors."""

    uri: str
    """The script's; empty for a document that was never saved."""
    name: str
    """The script's path, or the document's name."""
    kernel: str
    """What runs, as ``python3``."""
    state: str
    """As a kernel's; ``orphaned`` where the session's process is gone and the kernel lives,
    ``unresponsive`` where it does not answer, and ``unknown`` where it cannot be asked."""
    memory: int = 0
    """Bytes that the kernel and the processes it started hold."""
    cpu: float = 0.0
    """Share of one processor, 1.0 = all of it, since it was last asked about."""
    clients: list[str] = attrs.field(factory=list[str])
    """Who uses it, as ``Neovim``."""
    started_at: float = 0.0
    last_used: float = 0.0
    """When a cell was last run or a client last connected."""
    running_since: float | None = None
    """Since when a cell runs; None while none does."""


@attrs.frozen
class SessionsResult:
    """The sessions that run, the oldest first."""

    sessions: list[Session]


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/kernels",
        "client to server",
        "request",
        KernelsParams,
        KernelsResult,
        "0.1.0",
        "The kernels that a document can run in, without starting any: those that are registered, "
        "the environments that its project names, and on request those that lie elsewhere.",
    ),
    Method(
        "cellbridge/sessions",
        "client to server",
        "request",
        SessionsParams,
        SessionsResult,
        "0.1.0",
        "The sessions that run on this machine, those of other editors included.",
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.selectKernel", "Select kernel", SelectKernelArguments, None,
        "Have the document run in this kernel from now on; a running one is replaced.",
    ),
    Command(
        "cellbridge.explainKernel", "Kernel: which, and why", NotebookArguments, KernelExplanation,
        "Say in a message which kernel the document runs in, or will, and why that one.",
    ),
    Command(
        "cellbridge.installKernelPackage", "Install ipykernel", InstallKernelPackageArguments, None,
        "Install what a Python environment lacks to run cells, in the way that suits it; answers "
        "when it is there.",
    ),
    Command(
        "cellbridge.installPackage", "Install package", InstallPackageArguments, None,
        "Install a package in the environment of the document's kernel; answers when it is there.",
    ),
    Command(
        "cellbridge.stopSession", "Stop session", NotebookArguments, None,
        "End the session of a script, open here or not, and its kernel; the outputs stay.",
    ),
    Command(
        "cellbridge.stopSessionAnyway", "Stop session anyway", NotebookArguments, None,
        "Kill the session of a script, open here or not, that does not answer, and its kernel; its "
        "variables are lost and the outputs stay.",
    ),
    Command(
        "cellbridge.trustFolder", "Trust this folder", TrustFolderArguments, None,
        "Use the environments and settings of a folder that another user could change, and of all "
        "folders below it. Only for a folder whose files were ignored for the document.",
    ),
)  # fmt: skip
