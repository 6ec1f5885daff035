# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: parts of the probe that the host sends only when they are needed.

Owns their loading. It must run on Python 3.9, must not import cellbridge, and must not know the
parts.

A part imports the installed parts by relative names, like these. All of them are known to Python by
name during the installation only, so the modules are kept here, and known again while a part loads.
"""

import sys
import types


class LateParts:
    """The parts that are loaded. Created while the others are being installed."""

    def __init__(self, shell):
        self.shell = shell
        self.package = __name__.partition(".")[0]
        self.modules = dict(self.known())
        self.operations = {}
        """For each name of a group, what it answers."""

    def known(self):
        """Return the probe's modules that Python knows at the moment, by their names."""
        found = list(sys.modules.items())
        return [item for item in found if item[0].partition(".")[0] == self.package]

    def load(self, query):
        """Load a group of parts, unless it is loaded; return the operations that it answers.

        The last part of a group has a function ``open_operations``.
        """
        group = query["group"]
        if group not in self.operations:
            sys.modules.update(self.modules)
            try:
                last = [self.load_part(name, text) for name, text in query["parts"]][-1]
                self.operations[group] = last.open_operations(self.shell)
            finally:
                for name, _ in self.known():
                    del sys.modules[name]
        return self.operations[group]

    def load_part(self, name, text):
        """Load one part, whose name may begin with that of a folder; return its module."""
        room, _, leaf = f"{self.package}.{name.replace('/', '.')}".rpartition(".")
        if room not in self.modules:
            self.modules[room] = sys.modules[room] = types.ModuleType(room)
            self.modules[room].__path__ = []
        module = types.ModuleType(f"{room}.{leaf}")
        self.modules[module.__name__] = sys.modules[module.__name__] = module
        exec(compile(text, "<cellbridge probe>", "exec"), vars(module))  # noqa: S102 - our own code
        setattr(self.modules[room], leaf, module)
        return module
