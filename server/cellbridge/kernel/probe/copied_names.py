# pyright: basic
# Basic: everything here is reached through IPython's and ipykernel's untyped objects.
"""Runs inside ipykernel: runs whose changes of names are undone when they end.

Owns the names of the session, and IPython's own, before such a run, and their return after it. It
must run on Python 3.9, must not import cellbridge, and never calls the user's code.

The run uses the session's names themselves, so it is as fast as any other, and finds all objects.
It sees no copies of these objects: what it changes inside them stays changed. Other runs wait for
its end; only a background thread of the user may meet a name that is about to be restored.
"""

import functools
import inspect

KEY = "cellbridge"
MISSING = object()
PLAIN = (str, int)
"""The types of names, and of the numbers of results: comparing others might run the user's code."""
UNDERSCORES = ("_", "__", "___")


class CopiedNames:
    """The names of a session, for the runs that use a copy of them."""

    def __init__(self, shell, changes):
        self.shell = shell
        self.kernel = shell.kernel
        self.changes = changes
        """The names that the last run has changed; see changed_names.py."""

    def install(self):
        """Follow ipykernel's execution of cells."""
        self.kernel.do_execute = self.wrap_execution(self.kernel.do_execute)

    def wrap_execution(self, original):
        """Wrap the function that runs a cell; restore the names after it, if that is requested."""

        @functools.wraps(original)
        async def do_execute(*args, **kwargs):
            __tracebackhide__ = True
            saved = Snapshot(self.shell, self.changes) if self.uses_copy() else None
            try:
                content = original(*args, **kwargs)
                return await content if inspect.isawaitable(content) else content
            finally:
                if saved is not None:
                    saved.restore()

        return do_execute

    def uses_copy(self):
        """Return True if the request that is carried out must leave the names as they are."""
        metadata = (self.kernel.get_parent("shell") or {}).get("metadata") or {}
        ours = metadata.get(KEY)
        return isinstance(ours, dict) and ours.get("scratch") == "copy"


class Snapshot:
    """The names at one moment, with what IPython and the probe know about them."""

    def __init__(self, shell, changes):
        self.changes = changes
        self.marks = changes.run, dict(changes.marks)
        self.displayhook = shell.displayhook
        self.last = {name: getattr(shell.displayhook, name, None) for name in UNDERSCORES}
        history = shell.history_manager
        self.spaces = [
            (space, dict(space))
            for space in (
                shell.user_ns,
                shell.user_ns_hidden,
                shell.user_ns.get("_oh"),
                getattr(history, "outputs", None),
                getattr(history, "output_hist_reprs", None),
            )
            if isinstance(space, dict)
        ]

    def restore(self):
        """Put everything back; names that the run has not touched are never missing meanwhile."""
        for space, before in self.spaces:
            plain = [name for name in list(space) if type(name) in PLAIN]
            for name in plain:
                if name not in before:
                    space.pop(name, None)
            for name, obj in before.items():
                if type(name) in PLAIN and space.get(name, MISSING) is not obj:
                    space[name] = obj
        for name, obj in self.last.items():
            setattr(self.displayhook, name, obj)
        self.changes.run, self.changes.marks = self.marks
