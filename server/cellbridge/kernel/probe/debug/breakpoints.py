# pyright: basic, reportMissingImports=false
# ruff: noqa: PLC0415 - pydevd is imported at the first attach only
# Basic: pydevd is untyped, and absent where this is checked.
"""Runs inside ipykernel: breakpoints in files, and their conditions.

Owns the use of pydevd's breakpoints. It must run on Python 3.9, must not import cellbridge, and
must not know runs.

A breakpoint with a condition and a number of hits stops if both hold, and counts the hits for which
the condition holds, as the Debug Adapter Protocol has it. pydevd stops if one of them holds.
"""


class Breakpoints:
    """The breakpoints that were set here, in addition to those of the protocol's client."""

    def __init__(self, engine):
        self.engine = engine
        self.failed = set()
        """The ids of the breakpoints whose condition has failed."""
        self.placed = set()
        """The paths of files in which breakpoints were set here."""

    def forget(self):
        """Forget all: pydevd has removed them."""
        self.failed.clear()
        self.placed.clear()

    def replace(self, path, breakpoints):
        """Set exactly these breakpoints in a file; return the ids of those that were set."""
        with self.engine.lock:
            if self.engine.socket is None or (not breakpoints and path not in self.placed):
                return []
            self.engine.api.remove_all_breakpoints(self.engine.db, path)
            self.placed.discard(path)
            return [one["id"] for one in breakpoints if self.add(path, one)]

    def add(self, path, wanted):
        """Set one breakpoint; return True if it was set."""
        from _pydevd_bundle.pydevd_utils import convert_dap_log_message_to_expression

        number, log, once = int(wanted["id"]), wanted.get("log") or "", bool(wanted.get("once"))
        expression = convert_dap_log_message_to_expression(log) if log else None
        self.failed.discard(number)
        result = self.engine.api.add_breakpoint(
            self.engine.db,
            path,
            "python-line",
            number,
            int(wanted["line"]),
            wanted.get("condition") or ("True" if once else None),
            "None",
            expression,
            "ALL",
            hit_expression(wanted.get("hit") or ""),
            bool(log),
        )
        if result.error_code:
            return False
        self.placed.add(path)
        for found in self.engine.db.file_to_id_to_line_breakpoint.values() if once else ():
            if number in found:
                found[number].cellbridge_once = True
        return True

    def holds(self, _info, wanted, frame):
        """Return True if a breakpoint's condition and number of hits make it stop."""
        if getattr(wanted, "cellbridge_spent", False):
            return False
        try:
            if wanted.condition:
                found = eval(wanted.condition, frame.f_globals, frame.f_locals)  # noqa: S307 - the user's
                if not found:
                    return False
        except Exception as error:  # Boundary: the user's expression
            self.report_failure(wanted, error)
            return False
        except KeyboardInterrupt:
            self.engine.lost_tracing = True
            raise
        wanted.cellbridge_spent = getattr(wanted, "cellbridge_once", False)
        return wanted.handle_hit_condition(frame) if wanted.hit_condition else True

    def report_failure(self, wanted, error):
        """Send one line about a condition that failed, once for each breakpoint."""
        if wanted.breakpoint_id in self.failed:
            return
        self.failed.add(wanted.breakpoint_id)
        place = getattr(wanted, "line", None) or getattr(wanted, "func_name", "")
        text = (
            f"The condition {wanted.condition!r} of the breakpoint on {place} failed, so it did "
            f"not stop: {type(error).__name__}: {error}\n"
        )
        self.engine.db.writer.add_command(self.engine.db.cmd_factory.make_io_message(text, 2))


def hit_expression(text):
    """Return pydevd's form of a condition on hits, such as ``5``, ``>= 3`` or ``% 2``."""
    text = text.strip()
    if not text:
        return None
    if text.isdigit():
        return f"@HIT@ == {text}"
    if text.startswith("%"):
        return f"@HIT@ {text} == 0"
    return f"@HIT@ {text}" if text[0] in "=<>" else text
