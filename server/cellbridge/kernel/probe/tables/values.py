# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: the values of tables: their text, and tests of conditions.

Owns the text of a value, the test for missing values, and the tests of the user's conditions. It
must run on Python 3.9, must not import cellbridge, and never calls the user's code.
"""

from ..safe_repr import array_items, printed_text

BINS = 20
"""Bars of a histogram."""
TOP = 10
"""Number of most frequent values in a summary."""
TEXT_LIMIT = 200


class UnsupportedOperation(Exception):  # noqa: N818 - not a fault: a message for the user
    """A request that cannot be fulfilled; the text is the message to the user."""


def absent(value):
    """Return True if a value means "missing"."""
    if type(value) is float:
        return value != value  # noqa: PLR0124 - not a number
    return value is None or type(value).__name__ in ("NaTType", "NAType")


def text_of(value) -> str:
    """Return a value's text for a table, on one line; empty for a missing value."""
    return "" if absent(value) else one_line(whole_text(value, TEXT_LIMIT))


def one_line(text):
    """Return a text on one line."""
    return text.replace("\r", " ").replace("\n", " ")


def whole_text(value, limit) -> str:
    """Return the text of a value that is not missing, as its library prints it."""
    if type(value) in (float, bool):
        return repr(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        plain_one = type(value).__name__ != "ndarray"
        return scalar_text(value, limit) if plain_one else array_items(value, limit)
    return printed_text(value, limit)


def scalar_text(value, limit):
    """Return the text of a numpy scalar."""
    found = value.item()
    # Python has no type for the longest numbers of C, nor for all times.
    as_it_is = value.dtype.kind in "Mm" or type(found) is type(value)
    return str(value) if as_it_is else whole_text(found, limit)


def label_text(value) -> str:
    """Return the text of a row's label; the parts of a label of several levels have commas."""
    return ", ".join(map(text_of, value)) if type(value) is tuple else text_of(value)


def duration_text(nanoseconds):
    """Return a duration as pandas prints it."""
    seconds, rest = divmod(nanoseconds, 10**9)
    days, seconds = divmod(seconds, 86_400)
    sign = "+" if days < 0 else ""
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    fraction = f".{rest:09}" if rest % 1000 else f".{rest // 1000:06}" if rest else ""
    return f"{days} days {sign}{clock}{fraction}"


NANOSECONDS = {
    "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    "D": 86_400 * 10**9, "W": 7 * 86_400 * 10**9,
}  # fmt: skip
"""The units of durations, in the notation of numpy and arrow."""


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
