# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: one value of a table, as text and against a condition.

Owns how a value is written, when it is missing, and when it meets what a person has typed. It must
run on Python 3.9, must not import cellbridge, and calls nothing that a user wrote.
"""

from ..safe_repr import value_text

BINS = 20
"""Bars of a histogram."""
TOP = 10
"""Values that are told as the most frequent ones."""
TEXT_LIMIT = 200
_TIMES = ("pandas", "datetime")


class Refused(Exception):  # noqa: N818 - no fault: it says to a person what cannot be done
    """What was asked cannot be done; the text is one sentence."""


def absent(value):
    """Tell whether a value stands for a missing one."""
    if type(value) is float:
        return value != value  # noqa: PLR0124 - not a number
    return value is None or type(value).__name__ in ("NaTType", "NAType")


def text_of(value) -> str:
    """Return a value as a person reads it in a table, on one line; nothing for a missing one."""
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
    """Return a time of numpy's as a person writes it; None for none."""
    if text == "NaT":
        return None
    day, _, clock = text.partition("T")
    return f"{day} {clock.rstrip('0').rstrip('.') if '.' in clock else clock}".rstrip()


def plain(positions, start, stop):
    """Return some positions as a list of whole numbers, whatever keeps them."""
    piece = positions[start:stop]
    for name in ("tolist", "to_pylist", "to_list"):
        if hasattr(piece, name):
            return getattr(piece, name)()
    return list(piece)


def compared(left, operator, right):
    """Return what comes of a comparison, of values or of whole arrays."""
    if operator == "eq":
        return left == right
    if operator == "ne":
        return left != right
    if operator == "lt":
        return left < right
    if operator == "le":
        return left <= right
    return left > right if operator == "gt" else left >= right


def fits(value, operator, text):  # noqa: PLR0911 - one return for each kind of value
    """Tell whether one of Python's values meets a condition."""
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


def short(text):
    """Return a value's text as it is written where it is one of many: a number in few digits."""
    if len(text) > 10 and "." in text:
        try:
            return f"{float(text):.7g}"
        except ValueError:
            pass
    return text[:60]


def tops(counts):
    """Return the most frequent of pairs of a text and its count."""
    first = sorted(counts, key=lambda pair: -pair[1])[:TOP]
    return [{"value": text, "count": int(count)} for text, count in first]
