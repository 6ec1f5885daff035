# pyright: basic
# Basic: everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: the selected frame, whose names are then shown and completed.

Owns the selection: a frame of the last error, or of a thread that a debugger has stopped. It must
run on Python 3.9, must not import cellbridge, and must not know how a debugger works.

The selection holds no frame, and so no object of the user: the frame is found again for each query.
It ends by itself when a run begins, when another error replaces the error, and when the thread
continues. Python keeps the last error until the next one (`sys.last_value`).
"""

import sys

from .frame_names import FrameNames
from .frames import (  # fmt: skip
    describe,
    frame_id_of,
    is_syntax_error,
    levels_of_error,
    levels_of_stop,
    syntax_frame,
)


class FrameSelection:
    """The frame that is selected in one kernel."""

    def __init__(self, shell):
        self.shell = shell
        self.session = shell.user_ns
        """The session's own names, which hold while no frame is selected."""
        self.failed = None
        """The last run that failed, and the identities of its error and of its traceback."""
        self.choice = None

    def follow_runs(self):
        """Start to follow runs."""
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)

    def before(self, _info=None):
        """End the selection of an error's frame; called by IPython."""
        if self.choice is not None and "run" in self.choice:
            self.choice = None

    def after(self, result):
        """Note the error of the run that has just ended; called by IPython."""
        try:
            error = getattr(result, "error_in_exec", None)
            error = error or getattr(result, "error_before_exec", None)
            if error is not None:
                run = self.shell.kernel.get_parent("shell")["header"]["msg_id"]
                self.failed = (run, id(error), id(error.__traceback__))
        except (AttributeError, LookupError, TypeError):  # An unexpected version of ipykernel.
            self.failed = None

    def select(self, query):
        """Select the frame of a query, or none; return the frames around it as plain data."""
        self.choice = None
        choice = query.get("frame")
        if not choice:
            return {"status": "ok"}
        levels = self.levels(choice)
        if not levels:
            return {"status": "gone"}
        if choice.get("id"):
            choice = {**choice, "depth": depth_of(frame_id_of(choice["id"]), levels)}
        depth = choice["depth"]
        if not 0 <= depth < len(levels):
            return {"status": "missing"}
        if levels[-1 - depth] is None:
            return {"status": "not_run"}
        self.choice = choice
        frames = [describe(level) for level in levels if level is not None]
        if levels[-1] is None:
            frames.append(syntax_frame(sys.last_value))
        return {"status": "ok", "frames": frames, "depth": depth}

    def levels(self, choice):
        """Return the levels among which a choice is made, outermost first; none if they are gone.

        The level of a syntax error is None: its code did not run.
        """
        if "run" not in choice:
            return levels_of_stop(frame_id_of(choice["stopped"]))
        error = getattr(sys, "last_value", None)
        if self.failed != (choice["run"], id(error), id(getattr(error, "__traceback__", None))):
            return []
        return levels_of_error(error) + [None] * is_syntax_error(error)

    def names(self):
        """Return the names of the selected frame; those of the session if none is selected."""
        choice = self.choice
        levels = self.levels(choice) if choice is not None else []
        if choice is None or choice["depth"] >= len(levels):
            return self.session
        names = FrameNames(levels[-1 - choice["depth"]][0])
        return self.session if names.listed is self.session else names


def depth_of(frame_id, levels):
    """Return the place of a frame among levels, counted from the innermost; -1 if it is not one."""
    found = [id(level[0]) for level in reversed(levels) if level is not None]
    return found.index(frame_id) if frame_id in found else -1
