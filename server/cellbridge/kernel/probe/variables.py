# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel: the answers to "what is there" and "what lies below this".

Owns which variables are told, in which order, and the changes to the namespace that a person asks
for. It must run on Python 3.9, must not import cellbridge, and calls nothing that a user wrote.

Looking is done in the thread that is asked, while a cell runs too. What it reads of an object it
reads in one step, so that a cell that changes the object meanwhile does no harm; between the steps
it gives the cell its turn (deadlines.py). A change is made in the main thread and only between
cells, for what is deleted may have code of the user's to run.
"""

import asyncio
import keyword
import time
import types

from .changed_names import Ledger
from .children import ATTRIBUTES, Child, Gone, attributes, family, has_children, walk
from .deadlines import Pace
from .safe_repr import kind_name
from .sizes import measures
from .stored_attributes import is_a
from .tables.recognition import brief, is_table

SECONDS = 0.15
"""What one answer may take; what is found by then is told."""
PAGE_LIMIT = 1000
VALUE_LIMIT = 120
CHANGE_SECONDS = 2.0
"""How long a change may wait for the main thread."""
_MODULES = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
_PIECE = 500
_SEARCH = "There was no time to look through all of them; the first that were found are shown."
_BUSY = "A cell is running; wait until it has ended, then try again."


class Explorer:
    """What is asked of one kernel's namespace."""

    def __init__(self, shell):
        self.names = shell.user_ns
        self.hidden = shell.user_ns_hidden
        self.ledger = Ledger(self.names)
        self.events = shell.events
        self.loop = asyncio.get_running_loop()

    def begin(self):
        """Begin to follow the runs."""
        self.events.register("pre_run_cell", self.ledger.before)
        self.events.register("post_run_cell", self.ledger.after)

    # --- looking ----------------------------------------------------------------------------------

    def listed(self, asked):
        """Return a page of variables."""
        pace = Pace(SECONDS)
        start, count = max(0, asked["start"]), max(0, min(asked["count"], PAGE_LIMIT))
        if not asked["path"]:
            found = self.shown_names(asked, pace)
            return self.page(found, asked, start, count, pace)
        try:
            obj, expression = walk(asked["path"], self.names)
        except Gone:
            return {"refused": f"There is no {asked['path'][0]} like that any more; look again."}
        kind = family(obj)
        if kind is None:
            return {"variables": [], "total": 0}
        if kind is ATTRIBUTES:
            return self.page(shown_attributes(obj, expression, asked), asked, start, count, pace)
        if not asked["filter"]:
            return self.described(kind.items(obj, start, count, expression), kind.count(obj), pace)
        wanted = asked["filter"].casefold()
        found, complete = self.searched(obj, kind, expression, wanted, pace)
        answer = self.described(found[start : start + count], len(found), Pace(SECONDS))
        return answer if complete else {**answer, "complete": False, "message": _SEARCH}

    def searched(self, obj, kind, expression, wanted, pace):
        """Return the items that hold a text, in their own order, and whether all were seen."""
        found = []
        for start in range(0, kind.count(obj), _PIECE):
            if pace.over():
                return found, False
            found += [one for one in kind.items(obj, start, _PIECE, expression) if has(one, wanted)]
        return found, True

    def shown_names(self, asked, pace):
        """Return the names that a person wants to see."""
        found, only = [], asked["only"]
        if only:
            return [Child(only, only, self.names[only], only)] if only in self.names else []
        for at, (name, obj) in enumerate(list(self.names.items())):
            if at % _PIECE == 0:
                pace.over()
            if type(name) is not str:
                continue
            if not asked["hidden"] and (
                name.startswith("_")
                or is_a(obj, _MODULES)
                or (name in self.hidden and self.hidden[name] is obj)
            ):
                continue
            found.append(Child(name, name, obj, name))
        return found

    def page(self, found, asked, start, count, pace):
        """Return a page of those that fit, in the order asked for."""
        wanted = asked["filter"].casefold()
        if wanted:
            found = [one for one in found if has(one, wanted)]
        found, complete = self.sorted(found, asked, pace)
        answer = self.described(found[start : start + count], len(found), pace)
        if not complete:
            answer["complete"] = False
            answer["message"] = "There was no time to look at all of them; the order is not whole."
        return answer

    def sorted(self, found, asked, pace):
        """Return variables in the order asked for, and whether there was time to find it."""
        order, down = asked["sort"], asked["descending"]
        found.sort(key=lambda one: one.name.casefold(), reverse=down and order == "name")
        if order == "name":
            return found, True
        keys, late = [], []
        for one in found:
            if pace.over():
                late.append(one)
            else:
                keys.append((self.rank(one, order), one))
        # The newest and the largest come first by themselves.
        keys.sort(key=lambda pair: pair[0], reverse=down)
        return [one for _, one in keys] + late, not late

    def rank(self, one, order):
        """Return what a variable is sorted by."""
        if order == "type":
            return kind_name(type(one.value)).casefold()
        if order == "recent":
            return -self.ledger.changed_in(one.name, one.value)
        return -(measures(one.value).get("size") or 0)

    def described(self, found, total, pace):
        """Return variables as plain data."""
        told = []
        for one in found:
            if pace.over():
                told.append({"key": one.key, "name": one.name, "type": "", "value": "…"})
                continue
            told.append(self.variable(one))
        late = sum(one["value"] == "…" and not one["type"] for one in told)
        answer = {"variables": told, "total": total}
        if late:
            answer["complete"] = False
            answer["message"] = f"There was no time to look at {late} of them; look again."
        return answer

    def variable(self, one):
        """Return one variable as plain data."""
        obj = one.value
        facts = measures(obj)
        told = {
            "key": one.key,
            "name": one.name,
            "type": kind_name(type(obj)),
            "value": one_line(brief(obj, VALUE_LIMIT)),
            "expression": one.expression,
            "children": has_children(obj),
            "table": is_table(obj),
        }
        if "shape" in facts:
            told["shape"] = " × ".join(map(str, facts["shape"]))
        for fact in ("dtype", "size", "length"):
            if fact in facts:
                told[fact] = facts[fact]
        if one.key == one.name and self.names.get(one.name) is obj and self.ledger.run:
            told["changed"] = self.ledger.changed_in(one.name, obj) == self.ledger.run
        return told

    # --- changing ---------------------------------------------------------------------------------

    def delete(self, asked):
        """Delete a name, between cells."""
        name = asked["name"]

        def change():
            del self.names[name]

        return self.refusal(name) or self.later(name, change)

    def rename(self, asked):
        """Give a name's object another name, between cells."""
        name, new = asked["name"], asked["new_name"]

        def change():
            self.names[new] = self.names.pop(name)
            self.ledger.moved(name, new)

        if not new.isidentifier() or keyword.iskeyword(new):
            return {"refused": f"{new!r} cannot be a name in Python; choose another one."}
        if new in self.names:
            return {"refused": f"There is a {new} already; delete it first or choose another name."}
        return self.refusal(name) or self.later(name, change)

    def refusal(self, name):
        """Return why a name cannot be changed; None if it can be."""
        if self.ledger.depth:
            return {"refused": _BUSY}
        if name not in self.names:
            return {"refused": f"There is no {name} in the kernel any more; look again."}
        if name in self.hidden and self.hidden[name] is self.names[name]:
            return {"refused": f"{name} belongs to the kernel itself; it was left as it is."}
        return None

    def later(self, name, change):
        """Return what makes a change in the main thread, unless a cell has begun until then."""
        until = time.monotonic() + CHANGE_SECONDS

        def begin(answer):
            def make():
                if self.ledger.depth or time.monotonic() > until:
                    return answer({"refused": _BUSY})
                refused = self.refusal(name)
                if refused is None:
                    change()
                return answer(refused or {})

            self.loop.call_soon_threadsafe(make)

        return begin


def has(one, wanted):
    """Tell whether a text is part of a variable's name or type."""
    return wanted in one.name.casefold() or wanted in kind_name(type(one.value)).casefold()


def shown_attributes(obj, expression, asked):
    """Return what an object stores; what is private only where it is all there is or asked for."""
    found = attributes(obj, expression)
    return found if asked["hidden"] else [one for one in found if one.name[0] != "_"] or found


def one_line(text):
    """Return a text on one line."""
    text = " ".join(text.split("\n"))
    return text if len(text) <= VALUE_LIMIT else text[: VALUE_LIMIT - 1] + "…"
