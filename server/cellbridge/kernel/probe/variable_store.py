# pyright: basic
# Basic, as everything here is reached through objects of the user's, which have no types of ours.
"""Runs inside ipykernel, on request only: variables into a file, and out of it again.

Owns the file: its layout, its rights, and that it is replaced as a whole or not at all. It must not
import cellbridge, print, or leave a name in the user's namespace, and must run on Python 3.9.

    MAGIC, one pickle after the other, the index as JSON, where the index begins (16 digits)

Each variable is a pickle of its own, so that one that cannot be written or read takes no other with
it; names for the same object share one. What objects share below that is there twice afterwards.
Pickling calls methods of the user's classes, and loading may run anything: so both are done in the
main thread, between cells, and only when a person asks for it.
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
"""What a cell or an import brings back better than a file does."""


class Refused(Exception):  # noqa: N818 - it is an answer
    """Nothing was done; the sentence says why."""


class Reader(pickle.Unpickler):
    """Remembers which name it could not find."""

    lacking = ""

    def find_class(self, module, name):
        """Return what a pickle names."""
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


def wanted(shell, names):
    """Return the variables to save by name, and those of ``names`` that are none."""
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


def why(error):
    """Return in a few words why an object could not be written or read."""
    try:
        said = str(error)
    except Exception:  # Boundary: the exception is of a class of the user's
        said = ""
    return f"{type(error).__name__}: {said}"[:REASON_LIMIT].rstrip(": ")


def write(file, found, left):
    """Write the variables, and return what the index says of them."""
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
                    raise  # It is the file's fault.
                failed = error
            except Exception as error:  # Boundary: code of the user's has run
                failed = error
            else:
                failed = None
            if failed is not None:
                file.seek(start)
                file.truncate()
                left.append({"name": name, "type": kind, "reason": why(failed)})
                continue
            places[id(obj)] = start, file.tell() - start
        start, size = places[id(obj)]
        index.append({"name": name, "type": kind, "start": start, "size": size})
    return index


def save(shell, path, names, now):
    """Save variables to ``path``."""
    found, left = wanted(shell, names)
    part = Path(f"{path}.part")
    forget(part)
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
        forget(part)
    return {"variables": index, "left": left, "saved_at": now}


def forget(file):
    """Remove a file, if it is there."""
    file.unlink(missing_ok=True)


def contents(file):
    """Return the index of a file that can be trusted to be ours."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        raise Refused("The saved variables belong to another user, so they were not loaded.")
    if status.st_mode & 0o077:
        raise Refused("Others can write to the saved variables, so they were not loaded.")
    try:
        begins = file.read(len(MAGIC))
        file.seek(-DIGITS, os.SEEK_END)
        file.seek(int(file.read(DIGITS)))
        index = json.loads(file.read()[:-DIGITS])
    except (ValueError, OSError) as error:
        raise Refused("The file of saved variables is broken; nothing was restored.") from error
    if begins != MAGIC:
        raise Refused("The saved variables are of another version; nothing was restored.")
    return index


def restore(shell, path, names):
    """Load variables from ``path``."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        raise Refused("No variables of this script have been saved.") from None
    taken, found, loaded = [], {}, {}
    with os.fdopen(opened, "rb") as file:
        index = contents(file)
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
                except Exception as error:  # Boundary: code of the user's has run
                    reason = reader.lacking or why(error)
                    left.append({"name": entry["name"], "type": entry["type"], "reason": reason})
                    continue
            found[entry["name"]] = loaded[entry["start"]]
            taken.append(entry)
    shell.push(found)
    return {"variables": taken, "left": left, "saved_at": index["saved_at"]}


def report(shell, order):
    """Do what is asked for, and leave the answer in the request's reply."""
    try:
        if order["op"] == "save":
            done = save(shell, order["path"], order["names"], order["now"])
        else:
            done = restore(shell, order["path"], order["names"])
    except Refused as error:
        done = {"refused": str(error)}
    except KeyboardInterrupt:
        done = {"refused": "It was interrupted; nothing was changed."}
    except OSError as error:
        done = {"refused": f"{order['path']}: {error.strerror or error}; nothing was changed."}
    # Not a page, and nothing else that a client knows: it goes no further than who asked.
    shell.payload_manager.write_payload({"source": "cellbridge_saving", **done}, single=False)


report(IPython.get_ipython(), order)  # noqa: F821 # pyright: ignore[reportUndefinedVariable] - given by who runs this
