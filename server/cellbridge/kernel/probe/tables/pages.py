# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: pages and summaries of variables that are tables.

Owns the thread that computes them, and the row orders that are cached for the next page. It must
run on Python 3.9, must not import cellbridge, and never calls the user's code.

The rule for work while a cell runs. The thread that receives queries only passes them on, so that
completion never waits for a table. Our own table thread answers them, one at a time. It reads only
exact classes of the libraries (library_types.py), in ways that leave no trace in the object: stored
values, clones, copies of single columns. Its Python loops have pauses (deadlines.py), and work on
whole columns is done by calls that release the interpreter, or in pieces. If a cell changes the
table meanwhile, an answer may mix old and new values, but the table is never damaged.

An order of rows is valid as long as its columns' values. If no cell has run since, nothing is
compared; otherwise the columns' fingerprints are (`columns.NumberColumn.fingerprint`). If they
differ, the order is computed again.
"""

import queue
import threading

from ..children import MissingStep, walk
from ..deadlines import Deadline
from ..polars_lazy import is_lazy
from .backends import arrange, backend
from .exports import export, select_rows, selection
from .parquet import parquet
from .recognition import is_table
from .sort_cache import CachedOrder, same_fingerprints
from .values import UnsupportedOperation, text_of

ROWS = 1000
COLUMNS = 200
WAITING = 8
"""Queries that wait; one more is refused."""
ORDERS = 4
ORDER_BYTES = 256 * 1024 * 1024
"""Orders that are cached, and their memory; the newest is cached whatever its size."""
SECONDS = 25.0
"""Seconds that one answer may take; the host does not wait much longer."""
_CAN = ["sort", "filter", "summary", "export"]
_LAZY = (
    "{} is a LazyFrame, a query that has no rows yet. Assign the result of its collect() to a "
    "name, and open that as a table."
)
_NO_TABLE = "This variable is no longer a table. Refresh the variables."


class TableDeadline(Deadline):
    """The time limit of a query about a table."""

    def passed(self):
        """Give other threads a turn; raises `UnsupportedOperation` when the time is over."""
        if super().passed():
            raise UnsupportedOperation(
                "The table took too long, as other work keeps the interpreter busy or it holds too "
                "many Python objects; ask for less of it."
            )
        return False


class Tables:
    """The tables of one kernel's namespace."""

    def __init__(self, explorer):
        self.explorer = explorer
        self.orders = []
        """The cached orders, the newest last."""
        self.waiting = queue.Queue(WAITING)
        self.thread = None

    def query(self, query):
        """Return a function that passes a query to the table thread."""

        def begin(answer):
            try:
                self.waiting.put_nowait((query, answer))
            except queue.Full:
                answer({"refused": "Too many tables are being worked on; ask again in a moment."})
                return
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.work, name="cellbridge-tables")
                self.thread.daemon = True
                self.thread.start()

        return begin

    def work(self):
        """Answer queries forever."""
        while True:
            query, answer = self.waiting.get()
            try:
                reply = self.answer(query)
            except UnsupportedOperation as refusal:
                reply = {"refused": str(refusal)}
            except MissingStep:
                reply = {"refused": _NO_TABLE}
            except Exception as error:  # Boundary: a cell may change the object while it is read
                reply = {
                    "refused": f"The table could not be read ({type(error).__name__}); ask again."
                }
            answer(reply)
            del query, answer, reply  # No object of the user is held between queries.

    def answer(self, query):
        """Return the answer to one query."""
        obj, expression = walk(query["path"], self.explorer.names)
        if is_lazy(obj):
            raise UnsupportedOperation(_LAZY.format(expression or "The variable"))
        if not is_table(obj):
            raise UnsupportedOperation(_NO_TABLE)
        table, deadline = backend(obj), TableDeadline(SECONDS)
        if query["op"] == "summary":
            return self.summary(table, query["column"], deadline)
        order = self.order(obj, table, query["window"], deadline)
        if query["op"] == "export":
            if query["format"] == "parquet":
                return parquet(table, *selection(table, order, query["window"]), deadline)
            return export(table, order, query, deadline)
        return page(table, order, query["window"], deadline)

    def summary(self, table, at, deadline):
        """Return one column's statistics."""
        check(table, [at])
        found = {"name": str(table.names[at]), "dtype": table.dtype(at), "rows": table.rows}
        return {**found, **table.column(at).summary(deadline)}

    def order(self, obj, table, window, deadline):
        """Return the rows' positions in the requested order; None for the table's own order."""
        if not window["sort"] and not window["filters"]:
            return None
        used = sorted({one["column"] for one in (*window["sort"], *window["filters"])})
        check(table, used)
        changes = self.explorer.changes
        moment = None if changes.depth else changes.run
        known = self.cached_order(obj, table, window, used, moment)
        if known is not None:
            return known
        fingerprints = [table.column(at).fingerprint() for at in used]
        made = CachedOrder(obj, window, moment, fingerprints)
        made.positions = arrange(table, window, deadline)
        self.orders = [one for one in self.orders if not one.matches(obj, window)] + [made]
        while (
            len(self.orders) > ORDERS or sum(one.size() for one in self.orders[:-1]) > ORDER_BYTES
        ):
            del self.orders[0]
        return made.positions

    def cached_order(self, obj, table, window, used, moment):
        """Return a cached order that is still valid; None without one."""
        self.orders = [one for one in self.orders if one.alive()]
        found = next((one for one in self.orders if one.matches(obj, window)), None)
        if found is None:
            return None
        if moment is None or found.moment != moment:
            fingerprints = [table.column(at).fingerprint() for at in used]
            if found.fingerprints is None or not same_fingerprints(
                fingerprints, found.fingerprints
            ):
                self.orders.remove(found)
                return None
            found.moment = moment
        return found.positions


def check(table, columns):
    """Raise `UnsupportedOperation` if one of the columns does not exist."""
    for at in columns:
        if not 0 <= at < len(table.names):
            raise UnsupportedOperation(
                f"The table has no column number {at}; ask for its first page again."
            )


def page(table, order, window, deadline):
    """Return a page of a table."""
    positions, total = select_rows(table, order, window["start"], min(window["count"], ROWS))
    first = max(0, min(window["first_column"], len(table.names)))
    last = min(first + max(0, min(window["columns"], COLUMNS)), len(table.names))
    heads, cells = [], []
    for at in range(first, last):
        deadline.passed()
        column = table.column(at)
        heads.append({"name": str(table.names[at]), "dtype": table.dtype(at)})
        cells.append([text_of(one) for one in column.values(positions)])
    return {
        "kind": table.kind,
        "columns": heads,
        "index": table.labels(positions),
        "rows": [[column[at] for column in cells] for at in range(len(positions))],
        "start": positions.start if type(positions) is range else max(0, window["start"]),
        "first_column": first,
        "total_rows": table.rows,
        "filtered_rows": total,
        "total_columns": len(table.names),
        "can": _CAN,
    }
