"""``cellbridge lsp``: the first steps of the language server's process.

Owns only their order. The analyser takes longest to start of everything for which the user waits,
so its process is started before this process imports its own modules. This module must import
almost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellbridge.analysis.worker_process import Child

_HELP = frozenset({"-h", "--help"})


def main(arguments: Sequence[str]) -> int:
    """Serve one editor, over the standard streams or TCP; return the process's exit code."""
    analyser = None if _HELP & {*arguments} else _analyser()
    from cellbridge.lsp.server_process import serve  # noqa: PLC0415 (see the module's text)

    return serve(arguments, analyser)


def _analyser() -> Child | None:
    """Start the analyser's process; return None if it cannot start, which is tried again later."""
    try:
        return Child()
    except OSError:
        return None
