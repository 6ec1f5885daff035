# pyright: basic
# Basic: everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: the dispatch of all queries of the host.

Owns the choice of the module that answers a query. It must run on Python 3.9 and must not import
cellbridge.

An answer is a dict, or a function that takes a callback for the dict. So work in the main thread,
or in a separate one, does not block the thread that receives queries.
"""

from . import output_shapes
from .copied_names import CopiedNames
from .execution_order import ExecutionOrder
from .figures import LiveFigures
from .inspection import answer
from .late_parts import LateParts
from .selected_frame import FrameSelection
from .switch_interval import SharedInterval
from .tables.pages import Tables
from .variables import Explorer


def open_dispatcher(shell):
    """Return the function that answers queries, and the one that starts to follow runs."""
    order = ExecutionOrder(shell)
    selection = FrameSelection(shell)
    explorer = Explorer(shell, selection)
    figures = LiveFigures(shell, explorer.changes)
    output_shapes.install(shell, figures)
    tables = Tables(explorer)
    interval = SharedInterval()
    late = LateParts(shell)
    known = {
        **dict.fromkeys(("table", "summary", "export"), tables.query),
        "variables": explorer.list_page,
        "delete": explorer.delete,
        "rename": explorer.rename,
        **figures.operations(),
        "revoke": order.revoke,
        "debug_stand_in": selection.select,
        "run_control": lambda query: control_run(shell, query),
    }

    def extend(query):
        known.update(late.load(query))
        return {"status": "ok"}

    known["extend"] = extend

    def dispatch(query):
        interval.shorten()
        found = known.get(query.get("op"))
        return found(query) if found is not None else answer(shell, query, selection)

    def begin():
        explorer.follow_runs()
        selection.follow_runs()
        order.install()
        CopiedNames(shell, explorer.changes).install()

    return dispatch, begin


def control_run(shell, query):
    """Carry out an order of run_control.py, which is installed separately and may be missing."""
    control = shell.kernel.control_handlers.get("cellbridge_run_control")
    return {"status": "error"} if control is None else control.carry_out(query["order"])
