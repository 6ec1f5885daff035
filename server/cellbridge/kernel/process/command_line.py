"""The command line and the environment variables with which a kernel is started.

Owns the completion of a kernelspec's command, and the rule that no file in the working directory
takes part in the start: others may have put files in a script's folder. It must not start anything.
"""

from __future__ import annotations

import os
import re
import string
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cellbridge.kernel.find.spec import Spec

_QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""Keeps ipykernel's debugger from writing four lines of advice into the first output."""
_START = """\
import sys
sys.path[0] or sys.path.pop(0)
try:
    import IPython.extensions.storemagic
    sys.modules["storemagic"] = IPython.extensions.storemagic
    if "xpython" not in sys.argv[1]:
        import ipykernel.debugger
except Exception:
    pass
import runpy
runpy._run_module_as_main(sys.argv.pop(1))
"""
"""The work of ``-m``, without the working directory, which is first in ``sys.path`` as an empty
string. ``-P`` does the same from Python 3.11 on, but leaves a flag behind: IPython 9.7 then stops
cells, too, from importing from the script's own folder.

Kernels put the folder back in the middle of their start, before ``site-packages``. What they import
after that is imported here already, the extension ``storemagic`` under the name they ask for."""
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*t?")
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
"""Python's options whose value is a separate argument."""


def fill_in(spec: Spec, connection_file: Path) -> list[str]:
    """Return a kernelspec's command with all its placeholders filled in."""
    major, minor = sys.version_info[:2]
    names = {
        "connection_file": os.path.realpath(connection_file),
        "prefix": sys.prefix,
        "resource_dir": spec.directory,
    }
    program, *arguments = unshadowed(spec.argv)
    if program in {"python", f"python{major}", f"python{major}.{minor}"}:
        program = sys.executable
    return [
        os.path.expanduser(  # noqa: PTH111 - an argument, which need not be a path
            re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), part)
        )
        for part in (program, *arguments)
    ]


def unshadowed(argv: Sequence[str]) -> list[str]:
    """Return a command in which no module in the working directory shadows one of Python's own.

    Only ``python -m module`` is changed, even after another program such as ``conda run``; Python
    of any version understands the result. A script, and code given by ``-c``, stay as they are.
    """
    for at, program in enumerate(argv):
        if _PYTHON.fullmatch(os.path.basename(program)):  # noqa: PTH119 - need not be a path
            flag = _module_flag(argv, at + 1)
            return [*argv[:flag], "-c", _START, *argv[flag + 1 :]] if flag else list(argv)
    return list(argv)


def _module_flag(argv: Sequence[str], at: int) -> int:
    """Return the position of ``-m`` among Python's own options; 0 if it is absent."""
    while at + 1 < len(argv) and argv[at].startswith("-"):
        if argv[at] == "-m":
            return at
        at += 2 if argv[at] in _WITH_VALUE else 1
    return 0


def base_environment(added: Mapping[str, str]) -> dict[str, str]:
    """Return the environment to which a kernelspec's own variables are added."""
    return {**_QUIET, **os.environ, **added}


def environment(spec: Spec, added: Mapping[str, str]) -> dict[str, str]:
    """Return a kernel's environment: ours, the ``added`` variables, then the kernelspec's."""
    variables = base_environment(added)
    own = {
        name: string.Template(text).safe_substitute(variables) for name, text in spec.env.items()
    }
    variables.update(own)
    if spec.language.casefold().startswith("python"):
        # On macOS it would make the kernel another Python than the kernelspec's.
        variables.pop("PYTHONEXECUTABLE", None)
    if path := variables.get("PYTHONPATH"):
        variables["PYTHONPATH"] = _without_empty_parts(path)
    return variables


def _without_empty_parts(path: str) -> str:
    """Return a search path without its empty parts, which mean the working directory.

    They result from ``PYTHONPATH=$PYTHONPATH:/more`` if it was unset before.
    """
    return os.pathsep.join(part for part in path.split(os.pathsep) if part)
