# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: parts of tables as Parquet files.

Owns the types of the file's columns. Polars writes its own files, and pyarrow those of all other
libraries; it is imported only on this request. It must run on Python 3.9, must not import
cellbridge, and never calls the user's code: objects of other classes than Python's own are texts.
"""

import base64
import datetime as dt
import io
import sys
from decimal import Decimal
from typing import Any

from ..safe_repr import known_zone
from ..stored_attributes import package
from .columns import CategoryColumn, NumberColumn
from .exports import LIMIT, unique, value_of_scalar
from .pandas_tables import ZonedColumn
from .pyarrow_tables import ArrowColumn
from .values import UnsupportedOperation, absent, whole_text

_PIECE = 1000
_PLAIN = (
    type(None), bool, int, float, str, bytes, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta,
)  # fmt: skip
"""Classes of Python whose values arrow reads without other code."""
_UNITS = {"D": "s", "W": "s", "h": "s", "m": "s", "Y": "s", "M": "s"}
"""Units of times that Parquet does not have, with those that replace them."""
_MISSING = (
    "Parquet files need pyarrow, which this kernel's Python does not have. Install pyarrow there, "
    "or export the table as CSV."
)
LARGEST = 12 * 1024 * 1024
"""Bytes of a file: more than the text of other exports has, because columns are compressed."""
_ENCODED = 3 * 64 * 1024
"""Bytes that are encoded at once, so that a running cell continues between two parts."""
_TOO_LARGE = "The Parquet file is larger than 12 MiB; export fewer rows or columns."


def parquet(table, positions, first, last, deadline):
    """Return rows and columns of a table as a Parquet file in base64."""
    out = io.BytesIO()
    if table.kind == "polars":
        write_polars(table.frame, positions, first, last, out)
    else:
        write_arrow(table, positions, first, last, deadline, out)
    data = out.getbuffer()
    if len(data) > LARGEST:
        raise UnsupportedOperation(_TOO_LARGE)
    parts = []
    for start in range(0, len(data), _ENCODED):
        deadline.passed()
        parts.append(base64.b64encode(data[start : start + _ENCODED]).decode("ascii"))
    return {"text": "".join(parts), "encoding": "base64", "truncated": False, "message": ""}


def write_polars(frame, positions, first, last, out):
    """Write a part of a polars frame."""
    pl: Any = sys.modules["polars"]
    part = frame[:, first:last]
    part = part[positions.start : positions.stop] if type(positions) is range else part[positions]
    columns = [
        pl.Series(one.name, texts(one.to_list()), dtype=pl.String)
        if one.dtype == pl.Object
        else one
        for one in part.get_columns()
    ]
    pl.DataFrame(columns).write_parquet(out)


def write_arrow(table, positions, first, last, deadline, out):
    """Write a part of a table with pyarrow."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - only on this request
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise UnsupportedOperation(_MISSING) from None
    arrays = []
    for at in range(first, last):
        deadline.passed()
        arrays.append(arrow_array(pa, table.column(at), positions, deadline))
    names = unique([str(name) for name in table.names[first:last]])
    try:
        pq.write_table(pa.table(arrays, names), out)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnsupportedOperation(
            f"Parquet cannot hold a column of this table ({error}); export it as CSV."
        ) from None


def arrow_array(pa, column, positions, deadline):
    """Return some values of a column as an arrow array."""
    kind = type(column)
    if kind is ArrowColumn:
        if type(positions) is range:
            return column.array.slice(positions.start, len(positions))
        return column.array.take(pa.array(positions, "int64"))
    found = None
    if kind is ZonedColumn:
        found = zoned_array(pa, column, positions)
    elif kind is NumberColumn:
        found = number_array(pa, column, positions)
    elif kind is CategoryColumn and all(type(one) is str for one in column.categories):
        codes = column.array[as_index(positions)]
        codes = pa.array(codes, mask=codes < 0)
        found = pa.DictionaryArray.from_arrays(codes, pa.array(column.categories, "string"))
    return object_array(pa, column, positions, deadline) if found is None else found


def as_index(positions):
    """Return positions as an index of a numpy array."""
    if type(positions) is range:
        return slice(positions.start, positions.stop)
    return sys.modules["numpy"].asarray(positions, dtype="i8")


def number_array(pa, column, positions):
    """Return numbers or times as an arrow array; None for those that arrow does not have."""
    index = as_index(positions)
    array = column.array[index]
    mask = None if column.missing is None else column.missing[index]
    if column.kind in "Mm":
        unit, _ = sys.modules["numpy"].datetime_data(array.dtype)
        if column.kind == "m" and unit in ("Y", "M"):
            return None
        array = array.astype(f"{column.kind}8[{_UNITS.get(unit, unit)}]")
    elif column.kind == "c" or array.dtype.itemsize > 8:
        return None
    elif column.kind == "f" and array.dtype.itemsize < 4:
        array = array.astype("f4")
    return pa.array(array, mask=mask)


def zoned_array(pa, column, positions):
    """Return times with a zone as an arrow array."""
    moments = pa.array(column.array[as_index(positions)])
    return moments.view(pa.timestamp(moments.type.unit, zone_name(column.zoned.tz)))


def zone_name(zone):
    """Return the name of a zone for arrow; that of a class of the user is UTC."""
    if not known_zone(dt.datetime(2000, 1, 1, tzinfo=zone)):
        return "UTC"
    name = str(zone)
    fixed = package(type(zone)) == "datetime" and name.startswith("UTC")
    return name[3:9] or "UTC" if fixed else name


def object_array(pa, column, positions, deadline):
    """Return objects as an arrow array: typed if all are of Python's own types, otherwise texts."""
    values = []
    for start in range(0, len(positions), _PIECE):
        deadline.passed()
        values += column.values(positions[start : start + _PIECE])
    values = [python_value(one) for one in values]
    if all(is_plain(one, 10) for one in values):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            pass  # Values of several types, or too large.
    return pa.array(texts(values), "string")


def python_value(value):
    """Return a numpy scalar as Python's own value, a missing value as None, others as they are."""
    if absent(value):
        return None
    return value_of_scalar(value) if type(value).__module__ == "numpy" else value


def is_plain(value, depth):
    """Return True if a value and the values in it are of Python's own types."""
    if type(value) in (list, tuple):
        return depth > 0 and all(is_plain(one, depth - 1) for one in value)
    if type(value) is dict:
        return depth > 0 and all(
            type(key) is str and is_plain(one, depth - 1) for key, one in value.items()
        )
    return type(value) in _PLAIN and known_zone(value)


def texts(values):
    """Return values as texts; half of a surrogate pair, which no file can hold, is replaced."""
    found = [None if absent(one) else whole_text(one, LIMIT) for one in values]
    return [one and one.encode("utf-8", "replace").decode() for one in found]
