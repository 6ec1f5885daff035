# pyright: basic
# Basic: everything here is reached through IPython's and ipykernel's untyped objects.
"""Runs inside ipykernel: the end of a program by ``sys.exit()``, ``exit()`` or ``quit()``.

Owns the exit code and the text of such an end, as Python itself would give them. The cell ends, the
kernel continues to run, and the reply to the cell has the exit code in a payload. It must not
import cellbridge, must not leave a name in the user's namespace, and must run on Python 3.9.
"""

import contextlib
import sys

from IPython.core import interactiveshell
from IPython.core.autocall import ZMQExitAutocall

SOURCE = "cellbridge_exit"
"""The source of the payload."""
LONG = 1 << 63
"""Integers from here on do not fit into C's long, for which Python exits with -1."""


class ExitProgram(ZMQExitAutocall):
    """``exit`` and ``quit`` as in a script, also without parentheses.

    Those of ipykernel end the kernel, and only after the rest of the cell.
    """

    def __call__(self, code=None, keep_kernel=None):  # noqa: ARG002 - an argument of ipykernel's
        """End the cell."""
        sys.exit(code)


def status_of(code):
    """Return the exit status of a process that ends by ``SystemExit(code)``."""
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    return (int(code) if -LONG <= code < LONG else -1) & 0xFF


def wrap_showtraceback(shell, original):
    """Wrap IPython's function that shows an exception; an exit is not shown as one."""

    def showtraceback(*args, **kwargs):
        error = sys.exc_info()[1]
        # IPython also shows the exits of other programs, for example by %run.
        of_cell = sys._getframe(1).f_code.co_name == "run_code"  # noqa: SLF001 - there is no other way
        if not (isinstance(error, SystemExit) and of_cell):
            return original(*args, **kwargs)
        shell._last_traceback = None  # noqa: SLF001 - as ipykernel does before each cell
        if error.code is not None and not isinstance(error.code, int):
            with contextlib.suppress(Exception):  # Boundary: the text is made by user code.
                print(error.code, file=sys.stderr, flush=True)
        shell.payload_manager.write_payload({"source": SOURCE, "code": status_of(error.code)})
        return None

    return showtraceback


def wrap_warn(original):
    """Wrap the function by which IPython warns at each exit."""

    def warn(message, category=None, stacklevel=1, **more):
        if not str(message).startswith("To exit: use"):
            original(message, category, stacklevel + 1, **more)

    return warn


def install(shell):
    """Install everything."""
    # The object stays the same, so that IPython does not count it as the user's variable.
    shell.exiter.__class__ = ExitProgram
    shell.showtraceback = wrap_showtraceback(shell, shell.showtraceback)
    warn = wrap_warn(getattr(interactiveshell, "warn"))  # noqa: B009 - a name that it imports
    setattr(interactiveshell, "warn", warn)  # noqa: B010 - as above
