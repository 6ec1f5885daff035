# pyright: basic
# Basic: everything here is reached through matplotlib's untyped objects.
"""Runs inside ipykernel: the last displayed figures of matplotlib, and their drawing on request.

Owns the references to these figures. It must run on Python 3.9, must not import cellbridge or a
library that the user has not imported.

matplotlib's backend for notebooks closes each figure after the cell that made it, so most figures
would no longer exist when the user wants one at a higher resolution. So the last ones are held.

Bounds: `FIGURES` figures. Those that are held hold no more than `HELD_BYTES` of data together;
the others, and every larger one, exist only as long as the user's own variables hold them. A figure
that took longer than `SLOW_SECONDS` to draw is never drawn again, since cells wait meanwhile.

Drawing runs the user's code if a figure has it, such as formatters of labels. So it is done in the
main thread, only between cells, and only when the user requests it.
"""

import asyncio
import base64
import sys
import time
import weakref
from collections import OrderedDict
from typing import Any

from .stored_attributes import is_a, mro, own, package

FIGURES = 10
"""Figures that can be drawn again at most."""
HELD_BYTES = 32 * 1024 * 1024
SLOW_SECONDS = 2.0
WAIT_SECONDS = 5.0
"""Seconds that a drawing may wait for the main thread."""
PIXELS = 100_000_000
"""Maximum number of pixels of a drawing."""
ARTISTS = 10_000
"""Artists of a figure that are measured."""
DOTS = 72
"""Dots per inch of a figure without its own resolution."""
BUSY = "a cell is running. Try again when it has ended."
GONE = "its figure no longer exists in the kernel. Run the cell again to draw it."
LARGE = "the drawing would be too large. Choose a lower resolution."
STOPPED = "its drawing was interrupted."
FAILED = "matplotlib could not draw it ({})."


class LiveFigures:
    """The last displayed figures of one kernel."""

    def __init__(self, shell, changes):
        self.shell = shell
        self.loop = asyncio.get_running_loop()
        self.changes = changes
        """The changes of the namespace, which know whether a cell runs."""
        self.known = OrderedDict()
        """For each id, the weak reference to a figure, the figure if it is held, and its bytes."""
        self.last = 0

    def add(self, figure, seconds):
        """Take a figure that was displayed, and the seconds of its drawing; return its id.

        Return None if it will not be drawn again.
        """
        for number, (reference, _, _) in list(self.known.items()):
            known = reference()
            if known is figure or known is None:
                del self.known[number]
        if seconds > SLOW_SECONDS:
            return None
        self.last += 1
        size = measure(figure)
        held = figure if size <= HELD_BYTES else None
        self.known[str(self.last)] = (weakref.ref(figure), held, size)
        self.release()
        return str(self.last)

    def release(self):
        """Hold no more than the bounds allow; the oldest figures go first."""
        while len(self.known) > FIGURES:
            self.known.popitem(last=False)
        total = 0
        for number, (reference, held, size) in reversed(list(self.known.items())):
            total += size if held is not None else 0
            if held is not None and total > HELD_BYTES:
                self.known[number] = (reference, None, size)
                total -= size

    def operations(self):
        """Return the queries that are answered here, by name."""
        return {"figures": self.alive, "draw_figure": self.draw}

    def alive(self, _):
        """Return the ids of the figures that still exist."""
        found = [(number, reference()) for number, (reference, _, _) in list(self.known.items())]
        return {"figures": [number for number, figure in found if figure is not None]}

    def draw(self, query):
        """Return a function that draws a figure in the main thread, unless a cell runs by then."""
        until = time.monotonic() + WAIT_SECONDS

        def begin(answer):
            def make():
                if self.changes.depth or time.monotonic() > until:
                    return answer({"refused": BUSY})
                return answer(self.drawn(query))

            self.loop.call_soon_threadsafe(make)

        return {"refused": BUSY} if self.changes.depth else begin

    def drawn(self, query):
        """Return the drawing of a figure in base64, or the reason for a missing one."""
        reference, _, _ = self.known.get(query["figure"], (lambda: None, None, 0))
        figure = reference()
        if figure is None:
            return {"refused": GONE}
        try:
            scale = min(max(float(query["scale"]), 0.1), 10.0)
            dots = float(figure.dpi or DOTS) * (scale if query["format"] == "png" else 1)
            width, height = figure.get_size_inches()
            if width * height * dots * dots > PIXELS:
                return {"refused": LARGE}
            data = print_figure(self.shell, figure, query["format"], dots)
        except KeyboardInterrupt:
            return {"refused": STOPPED}
        except Exception as error:  # Boundary: drawing may run any code of the user
            return {"refused": FAILED.format(type(error).__name__)}
        return {"data": base64.b64encode(data).decode("ascii")} if data else {"refused": GONE}


def print_figure(shell, figure, form, dots):
    """Return a figure in a format, drawn as the backend for notebooks draws it."""
    from IPython.core.pylabtools import print_figure  # noqa: PLC0415 - imports matplotlib

    backend = sys.modules.get("matplotlib_inline.config")
    given = {"bbox_inches": "tight"}
    if backend is not None:
        given = dict(backend.InlineBackend.instance(parent=shell).print_figure_kwargs)
    data = print_figure(figure, form, **{**given, "dpi": dots})
    return data.encode("utf-8") if isinstance(data, str) else data


def is_figure(obj):
    """Return True for a figure of matplotlib, or of a subclass."""
    return "matplotlib.figure" in sys.modules and any(
        cls.__name__ == "Figure" and package(cls) == "matplotlib" for cls in mro(type(obj))
    )


def measure(figure):
    """Return the approximate bytes of a figure: its last drawing, and the arrays of its artists."""
    canvas = own(figure).get("canvas")
    renderer = own(own(canvas).get("renderer") if canvas is not None else None)
    size = 4 * int(renderer.get("width") or 0) * int(renderer.get("height") or 0)
    waiting = [figure]
    seen = set()
    while waiting and len(seen) < ARTISTS:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for name, value in list(own(one).items()):
            if name in ("_localaxes", "_children", "_paths", "subfigs", "_legend_handle_box"):
                waiting.extend(items(value))
            elif name == "_path":
                waiting.append(value)
            else:
                size += array_bytes(value)
    return size


def items(value):
    """Return the items of a list, or of matplotlib's list of axes."""
    if is_a(value, (list, tuple)):
        return list(value)
    stored: Any = own(value).get("_axes")
    return list(stored) if is_a(stored, (list, dict)) else []


def array_bytes(value):
    """Return the bytes of an array; 0 for other objects."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not is_a(value, numpy.ndarray):
        return 0
    return int(numpy.ndarray.nbytes.__get__(value))
