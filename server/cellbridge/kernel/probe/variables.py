# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel: pages of variables and of their children.

Owns the selection and order of listed variables, and the changes to the namespace that the user
requests. It must run on Python 3.9, must not import cellbridge, and never calls the user's code.

Reading is done in the thread that receives queries, even while a cell runs. Each object is read in
one step, so that a cell that changes it meanwhile does no harm; between the steps the cell gets its
turn (deadlines.py). Changes are made in the main thread and only between cells, because deleting an
object may run the user's code.
"""

import asyncio
import keyword
import time
import types

from .changed_names import ChangedNames
from .children import ATTRIBUTES, Child, MissingStep, attributes, family, has_children, walk
from .deadlines import Deadline
from .safe_repr import kind_name
from .sizes import measure
from .stored_attributes import MISSING, is_a
from .tables.recognition import brief, is_table

SECONDS = 0.15
"""Seconds that one answer may take; the results so far are returned."""
PAGE_LIMIT = 1000
VALUE_LIMIT = 120
COMPARED = 5000
"""Names up to which an order by the last change includes changes in place that are not known yet.
For more, there is no time."""
CHANGE_SECONDS = 2.0
"""Seconds that a change may wait for the main thread."""
_MODULES = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
_PIECE = 500
_SEARCH = "Not all items could be searched in time. The first matches are shown."
_BUSY = "A cell is running; wait until it has ended, then try again."
_IN_FRAME = "The variables of a selected frame cannot be changed. Leave the frame, then try again."


class Explorer:
    """The queries of one kernel's namespace, or of the selected frame, and the changes."""

    def __init__(self, shell, selection):
        self.session = shell.user_ns
        """The session's own names, which alone can be changed."""
        self.hidden = shell.user_ns_hidden
        self.selection = selection
        self.changes = ChangedNames(self.session)
        self.shell = shell
        self.loop = asyncio.get_running_loop()

    @property
    def names(self):
        """The names of the selected frame; those of the session if none is selected."""
        return self.selection.names()

    def follow_runs(self):
        """Start to follow runs."""
        self.changes.follow(self.shell)

    # --- reading ----------------------------------------------------------------------------------

    def list_page(self, query):
        """Return a page of variables."""
        deadline = Deadline(SECONDS)
        start, count = max(0, query["start"]), max(0, min(query["count"], PAGE_LIMIT))
        names = self.session if query["session"] else self.names
        if not query["path"]:
            if names is not self.session and query["sort"] == "recent":
                query = {**query, "sort": "name"}  # Only changes of the session are known.
            found = self.visible_names(names, query, deadline)
            answer = self.page(found, query, start, count, deadline)
            return self.mark_changed(answer) if names is self.session else answer
        try:
            obj, expression = walk(query["path"], names)
        except MissingStep:
            return {"refused": f"{query['path'][0]} has changed or is gone. Refresh the variables."}
        kind = family(obj)
        if kind is None:
            return {"variables": [], "total": 0}
        if kind is ATTRIBUTES:
            return self.page(
                visible_attributes(obj, expression, query), query, start, count, deadline
            )
        if not query["filter"]:
            return self.describe(
                kind.items(obj, start, count, expression), kind.count(obj), deadline
            )
        wanted = query["filter"].casefold()
        found, complete = self.search(obj, kind, expression, wanted, deadline)
        answer = self.describe(found[start : start + count], len(found), Deadline(SECONDS))
        return answer if complete else {**answer, "complete": False, "message": _SEARCH}

    def search(self, obj, kind, expression, wanted, deadline):
        """Return the items that contain a text, and whether all items were searched."""
        found = []
        for start in range(0, kind.count(obj), _PIECE):
            if deadline.passed():
                return found, False
            found += [
                one for one in kind.items(obj, start, _PIECE, expression) if matches(one, wanted)
            ]
        return found, True

    def visible_names(self, names, query, deadline):
        """Return the variables to list."""
        found = []
        if query["only"]:
            return [Child(name, name, names[name], name) for name in query["only"] if name in names]
        listed = names if names is self.session else names.listed
        for at, (name, obj) in enumerate(list(listed.items())):
            if at % _PIECE == 0:
                deadline.passed()
            if type(name) is not str:
                continue
            if not query["hidden"] and (
                name.startswith("_")
                or is_a(obj, _MODULES)
                or (name in self.hidden and self.hidden[name] is obj)
            ):
                continue
            found.append(Child(name, name, obj, name))
        return found

    def page(self, found, query, start, count, deadline):
        """Return a page of the matching variables, in the requested order."""
        wanted = query["filter"].casefold()
        if wanted:
            found = [one for one in found if matches(one, wanted)]
        found, complete = self.sort_variables(found, query, deadline)
        answer = self.describe(found[start : start + count], len(found), deadline)
        if not complete:
            answer["complete"] = False
            answer["message"] = "Not all variables could be read in time; the order is incomplete."
        return answer

    def sort_variables(self, found, query, deadline):
        """Return variables in the requested order, and whether there was time for it."""
        order, down = query["sort"], query["descending"]
        found.sort(key=lambda one: one.name.casefold(), reverse=down and order == "name")
        if order == "name":
            return found, True
        keys, late = [], []
        for one in found:
            if deadline.passed():
                late.append(one)
            else:
                keys.append((self.rank(one, order), one))
        # The newest and the largest come first by themselves.
        keys.sort(key=lambda pair: pair[0], reverse=down)
        return [one for _, one in keys] + late, not late

    def rank(self, one, order):
        """Return a variable's sort key."""
        if order == "type":
            return kind_name(type(one.value)).casefold()
        if order == "recent":
            quick = len(self.session) > COMPARED
            return -self.changes.changed_in(one.name, one.value, quick=quick)
        return -(measure(one.value).get("size") or 0)

    def describe(self, found, total, deadline):
        """Return variables as plain data."""
        described = []
        for one in found:
            if deadline.passed():
                described.append({"key": one.key, "name": one.name, "type": "", "value": "…"})
                continue
            described.append(self.variable(one))
        late = sum(one["value"] == "…" and not one["type"] for one in described)
        answer = {"variables": described, "total": total}
        if late:
            answer["complete"] = False
            answer["message"] = f"{late} of them could not be read in time. Try again."
        return answer

    def variable(self, one):
        """Return one variable as plain data."""
        obj = one.value
        facts = measure(obj)
        described = {
            "key": one.key,
            "name": one.name,
            "type": kind_name(type(obj)),
            "value": one_line(brief(obj, VALUE_LIMIT)),
            "expression": one.expression,
            "children": has_children(obj),
            "table": is_table(obj),
        }
        if "shape" in facts:
            described["shape"] = " × ".join(map(str, facts["shape"]))
        for fact in ("dtype", "size", "length"):
            if fact in facts:
                described[fact] = facts[fact]
        return described

    def mark_changed(self, answer):
        """Mark the variables of an answer that the last run has changed."""
        for described in answer["variables"] if self.changes.run else ():
            obj = self.session.get(described["key"], MISSING)
            if described["type"] and obj is not MISSING:
                changed = self.changes.changed_in(described["key"], obj)
                described["changed"] = changed == self.changes.run
        return answer

    # --- changing ---------------------------------------------------------------------------------

    def delete(self, query):
        """Delete a name, between cells."""
        name = query["name"]

        def change():
            del self.session[name]
            self.changes.delete(name)

        return self.refusal(name) or self.schedule_change(name, change)

    def rename(self, query):
        """Give a name's object another name, between cells."""
        name, new = query["name"], query["new_name"]

        def change():
            self.session[new] = self.session.pop(name)
            self.changes.rename(name, new)

        if not new.isidentifier() or keyword.iskeyword(new):
            return {"refused": f"{new!r} cannot be a name in Python; choose another name."}
        if new in self.session:
            return {"refused": f"{new} already exists; delete it first or choose another name."}
        return self.refusal(name) or self.schedule_change(name, change)

    def refusal(self, name):
        """Return why a name cannot be changed; None if it can be."""
        if self.changes.depth:
            return {"refused": _BUSY}
        if self.names is not self.session:
            return {"refused": _IN_FRAME}
        if name not in self.session:
            return {"refused": f"{name} no longer exists in the kernel. Refresh the variables."}
        if name in self.hidden and self.hidden[name] is self.session[name]:
            return {"refused": f"{name} belongs to the kernel itself, so it was not changed."}
        return None

    def schedule_change(self, name, change):
        """Return a function that makes a change in the main thread, unless a cell runs by then."""
        until = time.monotonic() + CHANGE_SECONDS

        def begin(answer):
            def make():
                if self.changes.depth or time.monotonic() > until:
                    return answer({"refused": _BUSY})
                refused = self.refusal(name)
                if refused is None:
                    change()
                return answer(refused or {})

            self.loop.call_soon_threadsafe(make)

        return begin


def matches(one, wanted):
    """Return True if a variable's name or type contains a text."""
    return wanted in one.name.casefold() or wanted in kind_name(type(one.value)).casefold()


def visible_attributes(obj, expression, query):
    """Return an object's attributes; private ones only on request or if there are no others."""
    found = attributes(obj, expression)
    return found if query["hidden"] else [one for one in found if one.name[0] != "_"] or found


def one_line(text):
    """Return a text as one line."""
    text = " ".join(text.split("\n"))
    return text if len(text) <= VALUE_LIMIT else text[: VALUE_LIMIT - 1] + "…"
