# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: pages, summaries and exports of variables that are tables.

Owns the thread that finds them, and the orders that are kept for the next page. It must run on
Python 3.9, must not import cellbridge, and calls nothing that a user wrote.

The rule for what runs while a cell runs. The thread that is asked only hands a question over, so
that completion and the like never wait for a table. Another one of ours answers, one question after
the other. It reads only exact classes of the libraries (library_types.py), in ways that leave no
trace in the object: values where they are kept, clones, copies of single columns. It loops in
Python with pauses (deadlines.py), and whatever goes through whole columns is a call that lets the
interpreter go or a piece of one. A cell that changes the table meanwhile makes an answer of old and
new values, never a broken table.

An order of rows is kept as long as the values it was made of: nothing is compared while no cell has
run since; else the columns' marks are (`columns.Numbers.print`), or it is made anew.
"""

import csv
import io
import json
import queue
import threading

from ..children import Gone, walk
from ..deadlines import Pace
from .backends import arranged, backend
from .recognition import is_table
from .sort_cache import Kept, same
from .values import Refused, absent, plain, text_of

ROWS = 1000
COLUMNS = 200
EXPORT_ROWS = 1_000_000
EXPORT_LIMIT = 4 * 1024 * 1024
"""Characters of an export; more at once would hold up the kernel when they are sent."""
WAITING = 8
"""Questions that wait; one more is refused."""
KEPT = 4
KEPT_BYTES = 256 * 1024 * 1024
"""Orders that are kept, and their memory; the newest is kept whatever it takes."""
SECONDS = 25.0
"""What one answer may take; the host does not wait much longer."""
_CAN = ["sort", "filter", "summary", "export"]
_NO_TABLE = "This is no table any more; look at the variables again."


class Turns(Pace):
    """The time that a table has."""

    def over(self):
        """Give others their turn; raises `Refused` when the time is over."""
        if super().over():
            raise Refused(
                "The table took too long, as other work keeps the interpreter busy or it holds too "
                "many Python objects; ask for less of it."
            )
        return False


class Tables:
    """The tables of one kernel's namespace."""

    def __init__(self, explorer):
        self.explorer = explorer
        self.kept = []
        """The orders there are, the newest last."""
        self.waiting = queue.Queue(WAITING)
        self.thread = None

    def ask(self, asked):
        """Return what has a question answered in our own thread."""

        def begin(answer):
            try:
                self.waiting.put_nowait((asked, answer))
            except queue.Full:
                answer({"refused": "Too many tables are being worked on; ask again in a moment."})
                return
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.work, name="cellbridge-tables")
                self.thread.daemon = True
                self.thread.start()

        return begin

    def work(self):
        """Answer questions for ever."""
        while True:
            asked, answer = self.waiting.get()
            try:
                reply = self.answered(asked)
            except Refused as refusal:
                reply = {"refused": str(refusal)}
            except Gone:
                reply = {"refused": _NO_TABLE}
            except Exception as error:  # Boundary: a cell may change what is read just now
                reply = {
                    "refused": f"The table could not be read ({type(error).__name__}); ask again."
                }
            answer(reply)
            del asked, answer, reply  # Nothing of the user's is held while nothing is asked.

    def answered(self, asked):
        """Return the answer to one question."""
        obj, _ = walk(asked["path"], self.explorer.names)
        if not is_table(obj):
            raise Refused(_NO_TABLE)
        table, pace = backend(obj), Turns(SECONDS)
        if asked["op"] == "summary":
            return self.summary(table, asked["column"], pace)
        order = self.order(obj, table, asked["window"], pace)
        if asked["op"] == "export":
            return exported(table, order, asked, pace)
        return page(table, order, asked["window"], pace)

    def summary(self, table, at, pace):
        """Return one column in numbers."""
        check(table, [at])
        found = {"name": str(table.names[at]), "dtype": table.dtype(at), "rows": table.rows}
        return {**found, **table.column(at).summary(pace)}

    def order(self, obj, table, window, pace):
        """Return the rows' positions in the order asked for; None for all in their own."""
        if not window["sort"] and not window["filters"]:
            return None
        used = sorted({one["column"] for one in (*window["sort"], *window["filters"])})
        check(table, used)
        ledger = self.explorer.ledger
        moment = None if ledger.depth else ledger.run
        known = self.known(obj, table, window, used, moment)
        if known is not None:
            return known
        prints = [table.column(at).print() for at in used]
        made = Kept(obj, window, moment, prints)
        made.positions = arranged(table, window, pace)
        self.kept = [one for one in self.kept if not one.fits(obj, window)] + [made]
        while len(self.kept) > KEPT or sum(one.size() for one in self.kept[:-1]) > KEPT_BYTES:
            del self.kept[0]
        return made.positions

    def known(self, obj, table, window, used, moment):
        """Return an order that was made before and is still right; None if there is none."""
        self.kept = [one for one in self.kept if one.alive()]
        found = next((one for one in self.kept if one.fits(obj, window)), None)
        if found is None:
            return None
        if moment is None or found.moment != moment:
            prints = [table.column(at).print() for at in used]
            if found.prints is None or not same(prints, found.prints):
                self.kept.remove(found)
                return None
            found.moment = moment
        return found.positions


def check(table, columns):
    """Raise `Refused` where one of the columns is not there."""
    for at in columns:
        if not 0 <= at < len(table.names):
            raise Refused(f"The table has no column number {at}; ask for its first page again.")


def chosen(table, order, start, count):
    """Return the positions of some rows of an order, and how many it has."""
    total = table.rows if order is None else len(order)
    start = max(0, min(start, total))
    stop = min(start + max(0, count), total)
    return (range(start, stop) if order is None else plain(order, start, stop)), total


def page(table, order, window, pace):
    """Return a page of a table."""
    positions, total = chosen(table, order, window["start"], min(window["count"], ROWS))
    first = max(0, min(window["first_column"], len(table.names)))
    last = min(first + max(0, min(window["columns"], COLUMNS)), len(table.names))
    heads, cells = [], []
    for at in range(first, last):
        pace.over()
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


def exported(table, order, asked, pace):
    """Return a part of a table as one text."""
    window = asked["window"]
    positions, _ = chosen(table, order, window["start"], min(window["count"], EXPORT_ROWS))
    first = max(0, min(window["first_column"], len(table.names)))
    last = min(first + max(0, window["columns"]), len(table.names))
    columns = [table.column(at) for at in range(first, last)]
    names = [str(name) for name in table.names[first:last]]
    out = io.StringIO()
    write = WRITERS[asked["format"]](out, names)
    for start in range(0, len(positions), 200):
        pace.over()
        piece = positions[start : start + 200]
        found = [column.values(piece) for column in columns]
        for row in ([values[at] for values in found] for at in range(len(piece))):
            before = out.tell()
            write(row)
            if out.tell() > EXPORT_LIMIT:
                out.truncate(before)
                out.seek(before)
                return finished(out, asked["format"], truncated=True)
    return finished(out, asked["format"], truncated=False)


def finished(out, kind, truncated):
    """Return the export as it is sent."""
    if kind == "json":
        out.write("\n]\n" if out.tell() > 1 else "]\n")
    message = "The text ends before the selection does; export fewer rows at a time."
    return {"text": out.getvalue(), "truncated": truncated, "message": message if truncated else ""}


def delimited(sign):
    """Return what begins a text whose values a sign separates."""

    def begin(out, names):
        writer = csv.writer(out, delimiter=sign, lineterminator="\n")
        writer.writerow(names)
        return lambda row: writer.writerow([text_of(one) for one in row])

    return begin


def as_json(out, names):
    """Begin a list of objects, one a line."""
    out.write("[")

    def write(row):
        values = [
            None if absent(one) else one if type(one) in (int, float, bool, str) else text_of(one)
            for one in row
        ]
        out.write(",\n" if out.tell() > 1 else "\n")
        line = dict(zip(names, values))  # noqa: B905 - Python 3.9
        out.write(json.dumps(line, ensure_ascii=False, allow_nan=True))

    return write


WRITERS = {"csv": delimited(","), "tsv": delimited("\t"), "json": as_json}
