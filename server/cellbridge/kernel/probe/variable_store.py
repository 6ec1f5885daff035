# pyright: basic
# Basic: everything here is reached through the user's objects, which have no static types.
"""Runs inside ipykernel, on request only: saving variables to a file, and loading them.

Owns the file: its layout, its permissions, and its atomic replacement. It must not
import cellbridge, print, or leave a name in the user's namespace, and must run on Python 3.9.

    MAGIC, one pickle after the other, the index as JSON, where the index begins (16 digits)

Each variable is a separate pickle, so that one that cannot be written or read does not affect the
others; names for the same object share one. Objects shared only deeper inside are duplicated.
Pickling calls methods of the user's classes, and loading may run any code: so both are done in the
main thread, between cells, and only when the user requests it.
"""

import json
import os
import pickle
import stat
import types
from pathlib import Path

import IPython

MAGIC = b"cellbridge variables 1\n"
DIGITS = 16
REASON_LIMIT = 300
FROM_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
"""Kinds of objects that cells and imports restore better than a file."""


class StoreError(Exception):
    """The variables were not saved or loaded; the message gives the reason."""


class Reader(pickle.Unpickler):
    """An unpickler that keeps the name it could not find."""

    lacking = ""

    def find_class(self, module, name):
        """Return the object that a pickle names."""
        try:
            return super().find_class(module, name)
        except ModuleNotFoundError as error:
            self.lacking = f"the module {error.name} is not installed here"
            raise
        except AttributeError:
            self.lacking = f"{module} has no {name} here"
            if module == "__main__":
                self.lacking = f"{name} is not defined yet: run its cell, then restore again"
            raise


def select(shell, names):
    """Return the variables to save by name, and the entries of ``names`` that cannot be saved."""
    space, hidden = shell.user_ns, shell.user_ns_hidden
    left = []
    if not names:
        return {
            name: obj
            for name, obj in list(space.items())
            if not name.startswith("_")
            and not isinstance(obj, FROM_CODE)
            and not (name in hidden and hidden[name] is obj)
        }, left
    found = {}
    for name in names:
        if name not in space:
            left.append({"name": name, "type": "", "reason": "there is no such variable"})
        elif isinstance(space[name], FROM_CODE):
            reason = "functions, classes and modules come from their cells"
            left.append({"name": name, "type": type(space[name]).__name__, "reason": reason})
        else:
            found[name] = space[name]
    return found, left


def describe_error(error):
    """Return a short reason why an object could not be written or read."""
    try:
        reason = str(error)
    except Exception:  # Boundary: the exception may be of the user's class
        reason = ""
    return f"{type(error).__name__}: {reason}"[:REASON_LIMIT].rstrip(": ")


def write(file, found, left):
    """Write the variables, and return their index."""
    file.write(MAGIC)
    index, places = [], {}
    for name, obj in found.items():
        kind = type(obj).__name__
        if id(obj) not in places:
            start = file.tell()
            try:
                pickle.dump(obj, file, 5)
            except (OSError, MemoryError) as error:
                if getattr(error, "errno", None) is not None:
                    raise  # The file could not be written.
                failed = error
            except Exception as error:  # Boundary: the user's code has run
                failed = error
            else:
                failed = None
            if failed is not None:
                file.seek(start)
                file.truncate()
                left.append({"name": name, "type": kind, "reason": describe_error(failed)})
                continue
            places[id(obj)] = start, file.tell() - start
        start, size = places[id(obj)]
        index.append({"name": name, "type": kind, "start": start, "size": size})
    return index


def save(shell, path, names, now):
    """Save variables to ``path``."""
    found, left = select(shell, names)
    part = Path(f"{path}.part")
    remove(part)
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            index = write(file, found, left)
            end = file.tell()
            file.write(json.dumps({"saved_at": now, "variables": index}).encode("utf-8"))
            file.write(b"%0*d" % (DIGITS, end))
            file.flush()
            os.fsync(file.fileno())
        if not index:
            return {"variables": [], "left": left}
        part.replace(path)
    finally:
        remove(part)
    return {"variables": index, "left": left, "saved_at": now}


def remove(file):
    """Remove a file, if it exists."""
    file.unlink(missing_ok=True)


def read_index(file):
    """Return the index of a file after checking that it is ours."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        raise StoreError("The saved variables belong to another user, so they were not loaded.")
    if status.st_mode & 0o077:
        raise StoreError("Others can write to the saved variables, so they were not loaded.")
    try:
        begins = file.read(len(MAGIC))
        file.seek(-DIGITS, os.SEEK_END)
        file.seek(int(file.read(DIGITS)))
        index = json.loads(file.read()[:-DIGITS])
    except (ValueError, OSError) as error:
        raise StoreError("The file of saved variables is broken; nothing was restored.") from error
    if begins != MAGIC:
        raise StoreError("The saved variables are of another version; nothing was restored.")
    return index


def restore(shell, path, names):
    """Load variables from ``path``."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        raise StoreError("No variables of this script have been saved.") from None
    taken, found, loaded = [], {}, {}
    with os.fdopen(opened, "rb") as file:
        index = read_index(file)
        entries = index["variables"]
        known = {entry["name"] for entry in entries}
        left = [
            {"name": name, "type": "", "reason": "it was not saved"}
            for name in names
            if name not in known
        ]
        for entry in entries:
            if names and entry["name"] not in names:
                continue
            if entry["start"] not in loaded:
                file.seek(entry["start"])
                reader = Reader(file)
                try:
                    loaded[entry["start"]] = reader.load()
                except Exception as error:  # Boundary: the user's code has run
                    reason = reader.lacking or describe_error(error)
                    left.append({"name": entry["name"], "type": entry["type"], "reason": reason})
                    continue
            found[entry["name"]] = loaded[entry["start"]]
            taken.append(entry)
    shell.push(found)
    return {"variables": taken, "left": left, "saved_at": index["saved_at"]}


def report(shell, order):
    """Carry out the request, and add the answer to its reply."""
    try:
        if order["op"] == "save":
            done = save(shell, order["path"], order["names"], order["now"])
        else:
            done = restore(shell, order["path"], order["names"])
    except StoreError as error:
        done = {"refused": str(error)}
    except KeyboardInterrupt:
        done = {"refused": "It was interrupted; nothing was changed."}
    except OSError as error:
        done = {"refused": f"{order['path']}: {error.strerror or error}; nothing was changed."}
    # This payload is unknown to other clients; only the host that sent the request reads it.
    shell.payload_manager.write_payload(
        {"source": "cellbridge_variable_store", **done}, single=False
    )


report(IPython.get_ipython(), order)  # noqa: F821 # pyright: ignore[reportUndefinedVariable] - given by the host's code
