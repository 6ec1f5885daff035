"""Conversion of errors to a message and an exit code.

Owns the one sentence on stderr and the exit code for an error that ends a command. It must not know
any command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from cellbridge.cli.errors import FAILED, INTERRUPTED, CommandError
from cellbridge.core.output.escapes import label
from cellbridge.session.errors import SessionError


def run_command(work: Callable[[], int]) -> int:
    """Run a command and return its exit code. An error is printed to stderr."""
    try:
        return work()
    except CommandError as error:
        print(label(str(error)), file=sys.stderr)
        return error.code
    except SessionError as error:
        print(label(str(error)), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
