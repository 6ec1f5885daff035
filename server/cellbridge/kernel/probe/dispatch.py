# pyright: basic
# Basic, as everything here is reached through IPython's untyped objects.
"""Runs inside ipykernel: the door for all questions of the host.

Owns which module answers what. It must run on Python 3.9 and must not import cellbridge.

An answer is a dict, or a function that takes what to call with the dict once it is there: what is
done in the main thread or in one of our own does not keep the thread that hears them.
"""

from .inspection import answer
from .switch_interval import Sharing
from .tables.pages import Tables
from .variables import Explorer


def opened(shell):
    """Return what answers the questions about one kernel, and what begins to follow its runs."""
    explorer = Explorer(shell)
    tables = Tables(explorer)
    sharing = Sharing()
    known = {
        "table": tables.ask,
        "summary": tables.ask,
        "export": tables.ask,
        "variables": explorer.listed,
        "delete": explorer.delete,
        "rename": explorer.rename,
    }

    def tell(asked):
        sharing.asked()
        found = known.get(asked.get("op"))
        return found(asked) if found is not None else answer(shell, asked)

    return tell, explorer.begin
