"""The kernels in which a script can run, and the sessions on this machine.

Declarations only.
"""

from typing import Literal

import attrs

from cellbridge.lsp.protocol.commands import NotebookArguments
from cellbridge.lsp.protocol.declarations import Command, Method


@attrs.frozen
class KernelChoice:
    """One kernel in which a script can run."""

    id: str
    """An opaque id to pass to ``cellbridge.selectKernel``."""
    title: str
    """The name to show to the user, such as ``Python 3.12.1 (.venv)``."""
    detail: str
    """The path of the environment, or the name under which the kernel was registered."""
    kind: Literal["kernelspec", "environment"]
    language: str
    current: bool
    """True if the script runs in this kernel, or would if a cell were run now."""
    runnable: bool
    """False if something must be installed first; ``problem`` describes it."""
    problem: str = ""
    """One sentence: what is missing, and what to do. A runnable kernel may have a problem too."""


@attrs.frozen
class KernelsParams:
    """A request for the kernels in which a document can run."""

    uri: str
    search: bool = False
    """Also search for environments that the project does not name. Repeat the request while
    ``searching`` is true."""


@attrs.frozen
class KernelsResult:
    """The available kernels, the best first."""

    choices: list[KernelChoice]
    reason: str
    """One sentence: why the current kernel was chosen."""
    searching: bool = False
    """True while the search continues; a later answer may contain more kernels."""


@attrs.frozen
class SelectKernelArguments:
    """The argument of ``cellbridge.selectKernel``."""

    uri: str
    id: str
    """The id of a `KernelChoice`; empty to forget the kernel selected for the file."""


@attrs.frozen
class KernelDetails:
    """The text that ``cellbridge.showKernelDetails`` showed."""

    text: str
    """Two or three sentences."""


@attrs.frozen
class InstallKernelPackageArguments:
    """The argument of ``cellbridge.installKernelPackage``."""

    uri: str
    id: str | None = None
    """The id of a `KernelChoice`; the current kernel if it is omitted."""


@attrs.frozen
class InstallPackageArguments:
    """The argument of ``cellbridge.installPackage``."""

    uri: str
    package: str
    """The distribution's name, such as ``scikit-learn``."""


@attrs.frozen
class TrustFolderArguments:
    """The argument of ``cellbridge.trustFolder``."""

    uri: str
    folder: str | None = None
    """A folder whose files were ignored for the document; all such folders if it is omitted."""


@attrs.frozen
class SessionsParams:
    """A request for the sessions on this machine."""


@attrs.frozen
class Session:
    """One session: a script's kernel, which keeps running when editors are closed."""

    uri: str
    """The script's URI; empty for a document that was never saved."""
    name: str
    """The script's path, or the document's name."""
    kernel: str
    """The kernel's name, such as ``python3``."""
    state: str
    """The kernel's state; ``orphaned`` if the session's process has ended and the kernel is still
    running, ``unresponsive`` if the session does not answer, and ``unknown`` if it cannot be
    queried."""
    memory: int = 0
    """The memory of the kernel and the processes it started, in bytes."""
    cpu: float = 0.0
    """The share of one processor since the previous request; 1.0 is one whole processor."""
    clients: list[str] = attrs.field(factory=list[str])
    """The names of the connected clients, such as ``Neovim``."""
    agents: list[str] = attrs.field(factory=list[str])
    """The names of the agents among them."""
    started_at: float = 0.0
    last_used: float = 0.0
    """The time at which a cell last ran or a client last connected."""
    running_since: float | None = None
    """The start time of the running cell; None if no cell is running."""


@attrs.frozen
class SessionsResult:
    """The running sessions, the oldest first."""

    sessions: list[Session]


METHODS: tuple[Method, ...] = (
    Method(
        "cellbridge/kernels",
        "client to server",
        "request",
        KernelsParams,
        KernelsResult,
        "0.1.0",
        "Return the kernels in which a document can run, without starting any: registered kernels, "
        "the environments of its project, and on request environments elsewhere.",
    ),
    Method(
        "cellbridge/sessions",
        "client to server",
        "request",
        SessionsParams,
        SessionsResult,
        "0.1.0",
        "Return the sessions on this machine, including those of other editors.",
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "cellbridge.selectKernel", "Select kernel", SelectKernelArguments, None,
        "Select the kernel in which the document runs from now on. A running kernel is replaced.",
    ),
    Command(
        "cellbridge.showKernelDetails", "Show kernel details", NotebookArguments, KernelDetails,
        "Show a message with the kernel in which the document runs, or will run, and the reason.",
    ),
    Command(
        "cellbridge.installKernelPackage", "Install ipykernel", InstallKernelPackageArguments, None,
        "Install the package that a Python environment needs to run cells, with the installer that "
        "suits the environment; answers when it is installed.",
    ),
    Command(
        "cellbridge.installPackage", "Install package", InstallPackageArguments, None,
        "Install a package in the environment of the document's kernel; answers when it is "
        "installed.",
    ),
    Command(
        "cellbridge.stopSession", "Stop session", NotebookArguments, None,
        "End the session of a script and its kernel. The script need not be open. Outputs are "
        "kept.",
    ),
    Command(
        "cellbridge.forceStopSession", "Force stop session", NotebookArguments, None,
        "Kill a session that does not answer, and its kernel. The script need not be open. "
        "Variables are lost; outputs are kept.",
    ),
    Command(
        "cellbridge.trustFolder", "Trust folder", TrustFolderArguments, None,
        "Use the environments and settings of a folder that another user could change, and of all "
        "folders below it. It works only for a folder whose files were ignored for the document.",
    ),
)  # fmt: skip
