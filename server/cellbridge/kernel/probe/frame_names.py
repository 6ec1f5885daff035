# pyright: basic
# Basic: everything here is reached through Python's untyped frames.
"""Runs inside ipykernel: the names that code in a frame can use.

Owns their order: the frame's own names, then those of its module. It must run on Python 3.9, must
not import cellbridge, and never calls the user's code.

A comprehension with a frame of its own, and the body of a class, run as a part of the function
around them, so that function's names come after theirs. Python 3.12 and later has comprehensions
without a frame; their names are among those of the function while they run.
"""

import inspect
import sys

from .stored_attributes import is_a

_PARTS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
"""The names of code that runs as a part of the function around it."""


def locals_type():
    """Return the type of a function's ``f_locals``, which is a dict before Python 3.13."""
    return type(sys._getframe().f_locals)  # noqa: SLF001 - there is no other way


_LOCALS = locals_type()


class FrameNames:
    """The names of a frame, read when it is created. It reads like a dict."""

    def __init__(self, frame):
        self.outer = frame.f_globals
        self.own = {}
        """The names of the function; empty for the code of a module."""
        self.is_module = frame.f_locals is self.outer
        while frame is not None and frame.f_locals is not frame.f_globals:
            for name, value in own_names(frame).items():
                self.own.setdefault(name, value)
            frame = surrounding(frame)

    @property
    def listed(self):
        """The names to list: the function's, or else the module's."""
        return self.outer if self.is_module else self.own

    def get(self, name, default=None):
        """Return a name's object."""
        return self.own[name] if name in self.own else dict.get(self.outer, name, default)

    def __contains__(self, name):
        return name in self.own or dict.__contains__(self.outer, name)

    def __getitem__(self, name):
        return self.own[name] if name in self.own else dict.__getitem__(self.outer, name)

    def items(self):
        """Return the names with their objects, the function's own first."""
        outer = [pair for pair in list(dict.items(self.outer)) if pair[0] not in self.own]
        return [*self.own.items(), *outer]


def own_names(frame):
    """Return the names of one frame; none if a metaclass keeps them in an object of its own."""
    found = frame.f_locals
    if type(found) is _LOCALS:
        pairs = list(found.items())
    elif is_a(found, dict):
        pairs = list(dict.items(found))
    else:
        return {}
    return {name: value for name, value in pairs if type(name) is str and name.isidentifier()}


def surrounding(frame):
    """Return the frame of which this one runs a part; None if it has names of its own only."""
    code, caller = frame.f_code, frame.f_back
    of_class = not code.co_flags & inspect.CO_OPTIMIZED
    if caller is None or not (of_class or code.co_name in _PARTS):
        return None
    return caller if any(one is code for one in caller.f_code.co_consts) else None
