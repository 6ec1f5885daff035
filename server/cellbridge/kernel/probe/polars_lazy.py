# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the columns of a lazy polars query.

Owns the request for its schema, which polars derives from the query's steps without collecting
anything. It must run on Python 3.9, must not import cellbridge, and never calls the user's code.

A query may contain the user's functions, and polars calls some of them to learn their return types.
So the schema is requested in a separate thread, in which each Python call is checked before it
begins, and refused if the code is neither polars's nor Python's own. At most the heads of files are
read, and the wait is bounded.
"""

import os
import sys
import threading

from .stored_attributes import MISSING, mro, package, space

SECONDS = 0.3
"""Seconds to wait for a schema."""
_INSTALLED = ("site-packages", "dist-packages")
_working = threading.Lock()


class ForeignCode(BaseException):
    """A call by polars to a function that is not its own."""


def is_lazy(obj):
    """Return True if an object is exactly a lazy polars query, not a subclass."""
    return type(obj).__name__ == "LazyFrame" and package(type(obj)) == "polars"


def lazy_base(cls):
    """Return True if a class is the class of such queries, or a subclass."""
    return any(base.__name__ == "LazyFrame" and package(base) == "polars" for base in mro(cls))


def schema(frame):
    """Return name and type of each column; None if they are not available at once."""
    if not is_lazy(frame) or not _working.acquire(blocking=False):
        return None  # An earlier query is not answered yet.
    found = []
    done = threading.Event()
    ask = space(type(frame)).get("collect_schema", MISSING)

    def work():
        sys.setprofile(call_guard())
        try:
            found_schema = ask(frame)
            found.extend((name, str(dtype)) for name, dtype in found_schema.items())
        except BaseException:  # Boundary: polars raises many kinds of errors and panics
            found.clear()
        finally:
            sys.setprofile(None)
            _working.release()
            done.set()

    threading.Thread(target=work, name="cellbridge schema", daemon=True).start()
    return found if done.wait(SECONDS) and found else None


def call_guard():
    """Return a profile function that refuses calls of code that is not polars's or Python's."""
    own = os.path.dirname(sys.modules["polars"].__file__ or "") + os.sep  # noqa: PTH120 - as text
    python = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - as text

    def check_call(frame, event, _):
        path = frame.f_code.co_filename
        if event != "call" or path.startswith((own, "<frozen ", "<cellbridge")):
            return
        if path.startswith(python) and not any(part in path for part in _INSTALLED):
            return
        raise ForeignCode(path)

    return check_call
