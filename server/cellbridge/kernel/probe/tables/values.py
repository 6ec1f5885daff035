# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the values of tables: their text, and tests of conditions.

Owns the text of a value, the test for missing values, and the tests of the user's conditions. It
must run on Python 3.9, must not import cellbridge, and never calls the user's code.
"""

from ..safe_repr import value_text

BINS = 20
"""Bars of a histogram."""
TOP = 10
"""Number of most frequent values in a summary."""
TEXT_LIMIT = 200
_TIMES = ("pandas", "datetime")


class UnsupportedOperation(Exception):  # noqa: N818 - not a fault: a message for the user
    """A request that cannot be fulfilled; the text is the message to the user."""


def absent(value):
    """Return True if a value means "missing"."""
    if type(value) is float:
        return value != value  # noqa: PLR0124 - not a number
    return value is None or type(value).__name__ in ("NaTType", "NAType")


def text_of(value) -> str:
    """Return a value's text for a table, on one line; empty for a missing value."""
    if absent(value):
        return ""
    kind = type(value)
    if kind is str:
        text = value[:TEXT_LIMIT]
    elif kind in (int, float, bool):
        return repr(value)
    elif kind.__name__ in ("Timestamp", "Timedelta", "Period", "date", "datetime", "timedelta"):
        text = str(value) if kind.__module__.partition(".")[0] in _TIMES else value_text(value, 100)
    elif kind is tuple:
        text = ", ".join(text_of(one) for one in value[:10])
    elif kind.__module__ == "numpy" and hasattr(value, "item"):
        return text_of(str(value) if value.dtype.kind in "Mm" else value.item())
    else:
        text = value_text(value, TEXT_LIMIT)
    return text.replace("\r", " ").replace("\n", " ")


def moment(text):
    """Return a numpy time as text; None for a missing one."""
    if text == "NaT":
        return None
    day, _, clock = text.partition("T")
    return f"{day} {clock.rstrip('0').rstrip('.') if '.' in clock else clock}".rstrip()


def plain(positions, start, stop):
    """Return some positions as a list of integers, for any container."""
    piece = positions[start:stop]
    for name in ("tolist", "to_pylist", "to_list"):
        if hasattr(piece, name):
            return getattr(piece, name)()
    return list(piece)


def compared(left, operator, right):
    """Return the result of a comparison of values or of whole arrays."""
    if operator == "eq":
        return left == right
    if operator == "ne":
        return left != right
    if operator == "lt":
        return left < right
    if operator == "le":
        return left <= right
    return left > right if operator == "gt" else left >= right


def meets_condition(value, operator, text):  # noqa: PLR0911 - one return for each kind of value
    """Return True if a Python value meets a condition."""
    if absent(value):
        return operator in ("null", "ne")
    if operator in ("null", "notNull"):
        return operator == "notNull"
    if operator == "contains":
        return text.casefold() in text_of(value).casefold()
    if type(value) is bool:
        return compared(repr(value).casefold(), operator, text.strip().casefold())
    if type(value) in (int, float):
        try:
            return compared(value, operator, float(text))
        except ValueError:
            return operator == "ne"
    return compared(text_of(value), operator, text)


def bar(low, high, count):
    """Return one bar of a histogram."""
    return {"low": low, "high": high, "count": int(count)}


def shorten(text):
    """Return a shorter text of a value: a number with few digits."""
    if len(text) > 10 and "." in text:
        try:
            return f"{float(text):.7g}"
        except ValueError:
            pass
    return text[:60]


def top_values(counts):
    """Return the most frequent of the given pairs of text and count."""
    first = sorted(counts, key=lambda pair: -pair[1])[:TOP]
    return [{"value": text, "count": int(count)} for text, count in first]
