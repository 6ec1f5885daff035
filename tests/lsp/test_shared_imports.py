"""The imports that the analyser loads, or leaves to a kernel."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cellbridge.core.document.text import Text
from cellbridge.core.runs.runs import KernelState, RunState
from cellbridge.lsp.push.notifier import Notifier

NOTEBOOK: Any = SimpleNamespace(
    uri="file:///a.py",
    path=Path("/a.py"),
    text=Text.of("import pandas"),
    kernel=SimpleNamespace(state=KernelState.IDLE),
    views_with_runs=lambda: [SimpleNamespace(shown=SimpleNamespace(state=RunState.OK))],
)


class Analyser:
    """An analyser that notes the script it loads imports for; also the context of a notifier."""

    def __init__(self) -> None:
        self.static = self
        self.warmed: str | None = None

    def warm(self, content: str, path: str | None) -> None:
        assert content == "import pandas"
        self.warmed = path

    def warms(self, path: str | None) -> bool:
        return self.warmed == path

    def stop_warming(self) -> None:
        self.warmed = None

    def live(self, notebook: Any) -> object:
        return notebook if notebook.kernel.state is KernelState.IDLE else None

    def analyser(self, _: Any) -> Analyser:
        return self


def test_imports_are_left_to_a_kernel_until_it_ends() -> None:
    analyser, notifier = Analyser(), Notifier()
    notifier._context = analyser  # type: ignore[assignment]
    seen: list[str | None] = []
    analyser.warm("import pandas", "/a.py")
    for state in (KernelState.STARTING, KernelState.IDLE, KernelState.BUSY, KernelState.DEAD):
        NOTEBOOK.kernel.state = state
        notifier.share_imports(NOTEBOOK)
        seen.append(analyser.warmed)
    assert seen == ["/a.py", None, None, "/a.py"]
