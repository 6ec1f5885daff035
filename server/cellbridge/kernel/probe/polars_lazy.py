# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the columns of a query that polars has not carried out yet.

Owns how they are found out: by its schema, which polars works out from the query's steps without
collecting anything. It must run on Python 3.9, must not import cellbridge, and calls nothing that a
user wrote.

A query may hold functions of the user's, and polars calls some of them to learn what they return.
So the schema is asked for in a thread of its own, in which each call of Python is looked at before
it begins and refused where the code is neither polars's nor Python's own. Files are read for their
heads at most; what takes longer than a moment is not waited for.
"""

import os
import sys
import threading

from .stored_attributes import MISSING, mro, package, space

SECONDS = 0.3
"""How long a schema is waited for."""
_INSTALLED = ("site-packages", "dist-packages")
_working = threading.Lock()


class NotOurs(BaseException):
    """Polars was about to call a function that is not its own."""


def is_lazy(obj):
    """Tell whether something is a query of polars's, exactly that and nothing made of it."""
    return type(obj).__name__ == "LazyFrame" and package(type(obj)) == "polars"


def lazy_base(cls):
    """Tell whether a class is, or is made of, that of such queries."""
    return any(base.__name__ == "LazyFrame" and package(base) == "polars" for base in mro(cls))


def schema(frame):
    """Return name and type of each column; None where they are not to be had at once."""
    if not is_lazy(frame) or not _working.acquire(blocking=False):
        return None  # An earlier question is not answered yet.
    found = []
    done = threading.Event()
    ask = space(type(frame)).get("collect_schema", MISSING)

    def work():
        sys.setprofile(guard())
        try:
            told = ask(frame)
            found.extend((name, str(dtype)) for name, dtype in told.items())
        except BaseException:  # Boundary: polars's errors, and its panics, are many
            found.clear()
        finally:
            sys.setprofile(None)
            _working.release()
            done.set()

    threading.Thread(target=work, name="cellbridge schema", daemon=True).start()
    return found if done.wait(SECONDS) and found else None


def guard():
    """Return what refuses, in its thread, each call of code that is not polars's or Python's."""
    own = os.path.dirname(sys.modules["polars"].__file__ or "") + os.sep  # noqa: PTH120 - as text
    python = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - as text

    def look(frame, event, _):
        path = frame.f_code.co_filename
        if event != "call" or path.startswith((own, "<frozen ", "<cellbridge")):
            return
        if path.startswith(python) and not any(part in path for part in _INSTALLED):
            return
        raise NotOurs(path)

    return look
