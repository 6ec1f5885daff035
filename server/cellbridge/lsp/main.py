"""``cellbridge lsp``: what the language server's process does first.

Owns the order alone. The analyser needs longer until it can answer than anything else a person
waits for, so its process is started before this one has imported what it needs itself. This module
must import next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.analysis.worker_process import Child

_HELP = frozenset({"-h", "--help"})


def main(arguments: Sequence[str]) -> int:
    """Serve one editor, over the standard streams or TCP; returns the process's exit code."""
    analyser = None if _HELP & {*arguments} else _analyser()
    from cellbridge.lsp.server_process import serve  # noqa: PLC0415 (see the module's text)

    return serve(arguments, analyser)


def _analyser() -> Child | None:
    """Start the analyser's process; None where it cannot be started, which is tried again."""
    try:
        return Child()
    except OSError:
        return None
