# pyright: basic
# Basic, as everything here is reached through ipykernel's untyped objects.
"""Runs inside ipykernel: the short way of our questions through the control thread.

Owns that way. It must run on Python 3.9, must not import cellbridge, and leaves everything that is
not a question of ours to ipykernel.

ipykernel says on iopub that it is busy and idle again with each control request, and flushes what
the cell has printed before it takes the next one. Both are done by the thread that publishes: in a
flood a question waits longer for that than for its answer. Nobody needs either for ours.
"""

import asyncio

BREAK = 0.001
"""Seconds between two questions: a cell that begins meanwhile does not wait for all of them."""


def shorten(kernel, request, answer):
    """Have messages of one type go to ``answer(stream, ident, parent)``, in the control thread.

    A kernel without the method by which ipykernel handles control requests is left as it is.
    """
    original = getattr(kernel, "process_control", None)
    if original is None:
        return

    async def process_control(msg):
        question = read(kernel.session, request, msg)
        if question is None:
            await original(msg)
            return
        try:
            answer(kernel.control_stream, *question)
        except Exception:  # Boundary: as ipykernel does with its own handlers
            kernel.log.exception("Exception in control handler:")
        await asyncio.sleep(BREAK)  # Wait: for nothing; a cell that runs goes on meanwhile.

    kernel.process_control = process_control


def read(session, request, msg):
    """Return who asks, and the message, if it is of the type ``request``; None for all others."""
    try:
        ident, parts = session.feed_identities(msg, copy=False)
        if session.unpack(parts[1].bytes)["msg_type"] != request:
            return None
        return ident, session.deserialize(parts, content=True, copy=False)
    except Exception:  # Boundary: ipykernel will say what is wrong with the message
        return None
