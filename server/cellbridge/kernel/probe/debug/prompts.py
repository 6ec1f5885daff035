# pyright: basic
# Basic: everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: ``breakpoint()``, ``%debug`` and ``%pdb`` while a debugger is attached.

Owns their way into the attached debugger. It must run on Python 3.9, must not import cellbridge,
and must not know pydevd. Without an attached debugger they prompt (breakpoint_prompts.py).
"""

import os
import sys


class DebuggerStops:
    """The stops that code requests."""

    def __init__(self, shell, engine):
        self.shell = shell
        self.engine = engine
        self.hook = sys.__breakpointhook__
        """The function for ``breakpoint()`` without a debugger."""
        self.post_mortem = shell.debugger

    def begin(self):
        """Let code stop in the attached debugger."""
        hook = sys.breakpointhook
        if not getattr(hook, "__module__", "").startswith(("debugpy", "pydevd", "cellbridge")):
            self.hook = hook  # The user's own.
        sys.breakpointhook = self.at_breakpoint
        self.shell.debugger = self.at_error

    def end(self):
        """Let code prompt, as before."""
        if sys.breakpointhook == self.at_breakpoint:
            sys.breakpointhook = self.hook
        self.shell.__dict__.pop("debugger", None)

    def at_breakpoint(self, *args, **kwargs):
        """Stop in the calling frame; PYTHONBREAKPOINT names another function, as usual."""
        if os.environ.get("PYTHONBREAKPOINT") or not self.engine.ready:
            return self.hook(*args, **kwargs)
        return self.engine.stops.stop(sys._getframe(1))  # noqa: SLF001 - there is no other way

    def at_error(self, force=False):  # noqa: FBT002 - IPython's own signature
        """Stop where the last exception left the user's code."""
        error = getattr(sys, "last_value", None)
        if not self.engine.ready or error is None or not (force or self.shell.call_pdb):
            return self.post_mortem(force)
        return self.engine.stops.stop_at_error(error)
