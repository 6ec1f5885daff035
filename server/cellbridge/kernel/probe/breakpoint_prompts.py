# pyright: basic
# Basic: the probe runs on the user's Python, for which no types are installed here.
"""Runs inside ipykernel: ``breakpoint()`` without an attached debugger.

Owns the prompt of a cell that stops, and the line for code that cannot prompt. It must run on
Python 3.9 and must not import cellbridge.

Only the main thread of the kernel can request input. In another thread, and in a forked process,
code would wait forever, so one line is written, and the code continues.
"""

import os
import pdb  # noqa: T100 - what breakpoint() opens
import sys
import threading

CANNOT_PROMPT = "breakpoint() on line {line} of {place} was passed: {reason}.\n"
IN_THREAD = "a thread cannot prompt; attach a debugger to stop here"
IN_CHILD = "a child process of the kernel cannot prompt"


def install():
    """Let ``breakpoint()`` prompt, or do what PYTHONBREAKPOINT names, as Python documents.

    debugpy, which ipykernel imports, makes it do nothing until a debugger is connected.
    """
    kernel = os.getpid()

    def set_trace(*, header=None, **_options):
        frame = sys._getframe(1)  # noqa: SLF001 - there is no other way
        own = set_trace.__code__.co_filename
        while frame.f_code.co_filename == own and frame.f_back is not None:
            frame = frame.f_back  # The debugger's part called this.
        if os.getpid() != kernel:
            pass_by(frame, IN_CHILD)
        elif threading.current_thread() is not threading.main_thread():
            pass_by(frame, IN_THREAD)
        else:
            prompt_in(frame, header)

    pdb.set_trace = set_trace
    if getattr(sys.breakpointhook, "__module__", "").startswith(("debugpy", "pydevd")):
        sys.breakpointhook = sys.__breakpointhook__


def prompt_in(frame, header):
    """Do what `pdb.set_trace` does, for the code of a frame."""
    debugger = pdb.Pdb(mode="inline") if sys.version_info >= (3, 13) else pdb.Pdb()
    if header is not None:
        debugger.message(header)
    debugger.set_trace(frame)


def pass_by(frame, reason):
    """Write one line for code that continues."""
    place = os.path.basename(frame.f_code.co_filename)  # noqa: PTH119 - as text
    text = CANNOT_PROMPT.format(line=frame.f_lineno, place=place, reason=reason)
    print(text, file=sys.stderr, end="", flush=True)
