"""How a command's work ends, for the shell that started it.

Owns turning what ends a command early into one sentence on stderr and an exit code. It must not
know any command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from cellbridge.cli.errors import FAILED, INTERRUPTED, CommandError
from cellbridge.core.output.escapes import label
from cellbridge.session.errors import SessionError


def ended(work: Callable[[], int]) -> int:
    """Do a command's work and return its exit code; what it could not do is said on stderr."""
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
