"""Objects whose attributes and keys come from their data, in all the usual ways.

Owns the objects, and the record of their methods that ran; the tests own the expectations.
"""

from __future__ import annotations

import argparse
import collections
import configparser
import ctypes
import enum
import functools
import os
import re
import sqlite3
import threading
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

RAN: list[str] = []
"""The user's functions that ran, which must stay empty."""


def plot(data: Any, *, colour: str = "red") -> None:
    """Plot it."""


class Attributes(dict[str, Any]):
    """The usual one."""

    __getattr__ = dict.__getitem__


class Bunch(dict[str, Any]):
    """The same with a method, such as scikit-learn has."""

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> Any:
        RAN.append("dir")
        return self.keys()


class Itself(dict[str, Any]):
    """A dict that is its own namespace."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.__dict__ = self


class Module:
    """Serves three dicts, such as torch does."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__["_parameters"] = {"weight": [1.0], "bias": [2]}
        self.__dict__["_buffers"] = {"mean": 3}
        self.__dict__["_modules"] = parts
        self.training = True

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        if "_parameters" in self.__dict__ and name in self.__dict__["_parameters"]:
            return self.__dict__["_parameters"][name]
        if "_buffers" in self.__dict__ and name in self.__dict__["_buffers"]:
            return self.__dict__["_buffers"][name]
        return self.__dict__["_modules"][name]

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def forward(self) -> None: ...


class Config:
    """Serves a dict that is some calls away, such as OmegaConf does."""

    def __init__(self, **more: Any) -> None:
        self.__dict__["_content"] = more

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        return self._get(name)

    def _get(self, name: str) -> Any:
        return self._find(name)

    def _find(self, name: str) -> Any:
        return self.__dict__["_content"][name]

    def __getitem__(self, name: str) -> Any:
        RAN.append(name)
        return self._content[name] * 2


class Wrapped:
    """Serves its items as attributes, from a slot."""

    __slots__ = ("_items",)

    def __init__(self, **items: Any) -> None:
        self._items = items

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        return self._items[name]


class Elsewhere(dict[str, Any]):
    """A dict that is empty and serves another, such as DotMap."""

    def __init__(self, **entries: Any) -> None:
        self._map = entries

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        return self._map[name]

    def __getitem__(self, name: str) -> Any:
        return self._map[name]


class Refuses:
    """Has a hook that serves nothing."""

    def __init__(self) -> None:
        self.cache = {"hidden": 1}

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        raise AttributeError(name)


class Hides(Refuses):
    """Has a namespace of its own making."""

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        RAN.append("dict")
        return {"false": 1}


class Local(threading.local):
    """A class of the user, whose ``__init__`` runs in each thread that asks."""

    def __init__(self, **names: int) -> None:
        RAN.append("local")
        vars(self).update(names)


class Colour(enum.Enum):
    RED = "r"
    BLUE = types.SimpleNamespace(depth=3)


class Point(NamedTuple):
    x: int
    y: types.SimpleNamespace


@dataclass
class Slotted:
    __slots__ = ("held", "lacking")
    held: Any


class Structure(ctypes.Structure):
    _fields_ = (("width", ctypes.c_int), ("name", ctypes.c_char_p), ("ends", ctypes.c_int * 2))


def section() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string("[server]\nport = 80\n[DEFAULT]\nhost = here\n")
    return parser


def row() -> sqlite3.Row:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    found: sqlite3.Row = connection.execute("select 1 as one, 2 as two").fetchone()
    connection.close()
    return found


def live_objects(folder: Path) -> dict[str, Any]:
    """Return the objects by name; files are written to ``folder``."""
    archive = folder / "arrays.npz"
    np.savez(archive, left=np.zeros(1), right=np.zeros(1))
    local = threading.local()
    local.val8 = 1
    inner = types.SimpleNamespace(q2=2)
    proxy = types.MappingProxyType({"third": 3})
    frame = pd.DataFrame({"zeta": [1], "alpha": [2], "Mid": [3], "two words": [4]})
    made: dict[str, Any] = {
        "ns": types.SimpleNamespace(q1=1, inner=inner),
        "local": local,
        "mine": Local(deep=1),
        "cfg": Attributes(model=Attributes(lr=0.1), name="run", items=3, **{"not one": 1}),
        "iris": Bunch(target=np.zeros(3), data=inner),
        "itself": Itself(alpha=1, beta=inner),
        "net": Module(conv=Module(), head=inner),
        "conf": Config(model=Config(lr=0.1)),
        "wrapped": Wrapped(part=inner),
        "elsewhere": Elsewhere(part=inner),
        "refuses": Hides(),
        "arguments": argparse.Namespace(epochs=3),
        "part": functools.partial(int, base=2),
        "Colour": Colour,
        "red": Colour.RED,
        "point": Point(1, inner),
        "slotted": Slotted(inner),
        "structure": Structure(3, b"x", (4, 5)),
        "module": types,
        "records": np.rec.array([(1, 2.0)], dtype=[("east", int), ("north", float)]),
        "ds": xr.Dataset({"warm": ("t", [1]), "cold": ("t", [2])}),
        "environ": os.environ,
        "chain": collections.ChainMap({"first": 1}, Attributes(second=inner)),
        "proxy": proxy,
        "nested": collections.ChainMap({"own": 1}, proxy),  # type: ignore[arg-type]
        "user": collections.UserDict({"kept": inner}),
        "counter": collections.Counter("ab"),
        "ordered": collections.OrderedDict(last=1, first=2),
        "default": collections.defaultdict(list, key=[1]),
        "parser": section(),
        "row": row(),
        "match": re.match("(?P<word>a)", "a"),
        "archive": np.load(archive),
        "empty": {},
        "df": frame,
        "series": pd.Series([1, 2, 3], index=["zeta", "alpha", "two words"]),
        "calls": Attributes(plot=plot, inner=types.SimpleNamespace(plot=plot)),
    }
    RAN.clear()
    return made
