# pyright: basic
# Basic: everything here is reached through ipykernel's untyped objects.
"""Runs inside ipykernel: cells that the host has sent before their turn.

Owns the decision if such a cell runs, and how often the history of such cells is written. It must
run on Python 3.9, must not import cellbridge, and never calls the user's code.

A host may send the next cells while one runs, so that the kernel does not wait for it. Such a
request names the request before it, and runs only if that one has run and succeeded. ipykernel's
own rule, to abort what is in its queue after an error, is not enough: a request that arrives a
moment later would run.

Such a cell begins when the messages of the cell before it have been sent, as it may end the process
at once.

IPython writes each input to its history file in a thread of its own, and holds a lock until the
disk has confirmed it. The next cell, which needs the lock, waits for the disk. So the inputs of
such cells are written many at a time, and the rest as the kernel ends, unless the user has chosen
another number.
"""

import functools
import inspect
import threading
from collections import OrderedDict

KEY = "cellbridge"
RUN_LIMIT = 64
"""Runs whose outcomes are kept."""
HISTORY = 100
"""Inputs that IPython writes to its history at a time."""
SEND_SECONDS = 1.0
"""Seconds that a cell waits at most until the messages of the cell before it are sent."""


class ExecutionOrder:
    """The outcomes of the last requests, and the requests that must not run."""

    def __init__(self, shell):
        self.history = shell.history_manager
        self.kernel = shell.kernel
        self.outcomes = OrderedDict()
        """For each of the last execute requests, True if its reply reported success."""
        self.revoked = OrderedDict()

    def install(self):
        """Follow ipykernel's handling of execute requests."""
        kernel = self.kernel
        kernel.do_execute = self.wrap_execution(kernel.do_execute)
        handlers = kernel.shell_handlers
        handlers["execute_request"] = self.wrap_handler(handlers["execute_request"])

    def revoke(self, query):
        """Let none of some requests run that have not begun."""
        for request in query["requests"]:
            keep(self.revoked, request, None)
        return {"status": "ok"}

    def may_run(self, parent):
        """Return True if a request may run now."""
        order = order_of(parent)
        if order is None:
            return True
        if self.history is not None and self.history.db_cache_size == 0:
            self.history.db_cache_size = HISTORY
        outcome = self.outcomes.get(order["request"])
        ran = outcome is not None if order["failed_too"] else outcome is True
        return ran and parent["header"]["msg_id"] not in self.revoked

    def wait_for_turn(self, parent):
        """Return True if a request may run now, once all messages before it have been sent."""
        if not self.may_run(parent):
            return False
        thread = getattr(self.kernel, "iopub_thread", None)
        if order_of(parent) is not None and thread is not None:
            sent = threading.Event()
            thread.schedule(sent.set)
            try:
                sent.wait(SEND_SECONDS)
            except KeyboardInterrupt:
                return False
        return True

    def wrap_execution(self, original):
        """Wrap the function that runs a cell and returns its reply; note the outcome."""

        @functools.wraps(original)
        async def do_execute(*args, **kwargs):
            __tracebackhide__ = True
            content = original(*args, **kwargs)
            content = await content if inspect.isawaitable(content) else content
            header = (self.kernel.get_parent("shell") or {}).get("header") or {}
            keep(self.outcomes, header.get("msg_id"), content.get("status") == "ok")
            return content

        return do_execute

    def wrap_handler(self, original):
        """Wrap the handler of execute requests; refuse those that must not run."""

        async def execute_request(stream, ident, parent):
            __tracebackhide__ = True
            if not self.wait_for_turn(parent):
                content = {"status": "aborted"}
                self.kernel.session.send(stream, "execute_reply", content, parent, ident=ident)
                return
            result = original(stream, ident, parent)
            if inspect.isawaitable(result):
                await result

        return execute_request


def order_of(parent):
    """Return the order of a request that was sent before its turn; None for any other."""
    ours = parent["metadata"].get(KEY)
    order = ours.get("after") if type(ours) is dict else None
    return order if type(order) is dict else None


def keep(record, key, value):
    """Note a value in a record of limited size."""
    record[key] = value
    while len(record) > RUN_LIMIT:
        record.popitem(last=False)
