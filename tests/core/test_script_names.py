"""Queries about a script's own names. ``$0`` marks the cursor."""

from __future__ import annotations

from cellbridge.core.names.definitions import name_at
from cellbridge.core.names.descriptions import find_parameters
from cellbridge.core.names.outlines import outline
from cellbridge.core.names.visible import visible_names
from support.script_names import (
    ENGINE,
    at_cursor,
    check_call,
    check_definition,
    check_hover,
    check_members,
    check_references,
    check_visible,
)


def test_visible_names() -> None:
    check_visible(
        "x = 1\n# %%\ndef f(a):\n    b = 2\n    $0\n",
        "a:parameter b:variable x:variable f:function",
    )
    check_visible("class A:\n    c = 1\n    def f(self):\n        $0\n", "self:parameter A:class")
    check_visible("class A:\n    c = 1\n    $0\n", "c:attribute A:class")
    check_visible("def f(a):\n    return a\n$0\n", "f:function")
    check_visible(
        "def f(a):\n    b = 1\n\n    $0\n\nx = 1", "a:parameter b:variable f:function x:variable"
    )
    check_visible("y = [i for i in z if $0i]", "i:variable y:variable")
    check_visible("y = [i for i in z if $0]", "y:variable")
    check_visible("y = [i for i in z]; $0", "y:variable")
    check_visible("f = lambda a: $0a", "a:parameter f:variable")
    check_visible("def f():\n    global g\n    g = 1\n$0", "f:function g:variable")
    check_visible("from math import *\n$0", "", complete=False)
    check_visible("import a.b, c as d\nfrom e import f as g\n$0", "a:module d:module g:import")
    check_visible("def f(a=$0): pass", "f:function")
    check_visible("def f(\n$0", "f:function")
    check_visible("%%bash\nx=1\n# %%\n$0", "")
    check_visible("# %% [markdown]\n# x = 1\n# %%\n$0", "")
    check_visible("%run other.py\n$0", "", complete=False)
    check_visible("%%sql x <<\nselect\n# %%\n$0", "", complete=False)
    check_visible("with open(f) as h:\n    $0", "h:variable")
    check_visible("%time x = 1\nfiles = !ls\n$0", "x:variable files:variable")


def test_members() -> None:
    check_members("car.$0", "wheels engine name _parts engines main make")
    check_members("Car.$0", "wheels engines main make")
    check_members("car.engine.$0", "power start")
    check_members("car.engines().$0", "power start")
    check_members("car.main.$0", "power start")
    check_members("Car.make().$0", "wheels")
    check_members("car._parts[0].$0", "power start")
    check_members("for e in car._parts:\n    e.$0", "power start")
    check_members("for e in [Engine(), Engine()]:\n    e.$0", "power start")
    check_members("(await fetch()).$0", "wheels")
    check_members("fetch().$0", "", complete=False)
    check_members("Point(1, 2).$0", "x y norm")
    check_members("def f(c: 'Car | None'):\n    c.$0\n", "wheels")
    check_members("def f(c: list[Car]):\n    for d in c:\n        d.$0\n", "wheels")
    check_members("def f():\n    c = Car(Engine())\n    return c\nf().$0\n", "wheels")
    check_members("def f(c):\n    c.$0\n", "", complete=False)
    check_members("np.$0", "", complete=False)
    check_members("'x'.$0", "capitalize")
    check_members("x = [1]\nx.$0", "append clear")
    check_members("x = 1 if car else 'x'\nx.$0", "as_integer_ratio")
    check_members("class B(Car):\n    def f(self):\n        super().$0\n", "wheels")
    check_members("class B(Car):\n    z = 1\n    def f(self):\n        self.$0\n", "z f wheels")
    check_members("class B(np.ndarray):\n    z = 1\nB().$0", "z", complete=False)
    check_members(
        "class B:\n    def __getattr__(self, n): ...\n    z = 1\nB().$0", "z", complete=False
    )
    check_members("@other\nclass B:\n    z = 1\nB().$0", "z", complete=False)
    check_members("from x import *\ncar.$0", "wheels")
    check_members("car = unknown()\ncar.$0", "", complete=False)
    check_members("if x:\n    car = unknown()\ncar.$0", "", complete=False)


def test_definitions() -> None:
    check_definition("x = 1\n# %%\nprint($0x)", "0:x = 1")
    check_definition("x = 1\nx = 2\nprint($0x)\nx = 3", "1:x = 2")
    check_definition("x = 1\nif y:\n    x = 2\nprint(x$0)", "2:x = 2", "0:x = 1")
    check_definition("def f():\n    return $0x\nx = 1\nx = 2", "3:x = 2")
    check_definition(ENGINE + "car.$0engine", "13:self.engine = engine")
    check_definition(
        ENGINE + "car.engine.st$0art", "6:def start(self, key: str, *, fast=False) -> int:"
    )
    check_definition("def f(a, b=1): pass\nf(1, $0b=2)", "0:def f(a, b=1): pass")
    check_definition("import numpy as np\n$0np.mean", "0:import numpy as np")
    check_definition("import numpy as np\nnp.$0mean")
    check_definition("x = 1\nx = $0x + 1\nx", "0:x = 1")
    check_definition("x = 1\nfor y in z:\n    x = 2\n    $0x", "2:x = 2")
    check_definition(
        "def g(): pass\nclass A:\n    @$0g\n    def f(self): pass\n    def g(self): pass",
        "0:def g(): pass",
    )
    check_definition("x = 1\ndel x\n$0x", "0:x = 1")
    check_definition("@deco\ndef f(): pass\n$0f", "1:def f(): pass")
    check_definition("print($0y)")
    check_definition("class A:\n    x = 1\n    y = $0x\n", "1:x = 1")
    check_definition("f'{1} {$0x}'\nx = 2", "1:x = 2")
    check_definition("é = 'é'; zé = $0é", "0:é = 'é'; zé = é")
    assert name_at(*at_cursor("# $0x")) is None
    assert name_at(*at_cursor("'$0x'")) is None


def test_references() -> None:
    check_references("x = 1\n# %%\nprint($0x)\ndef f(x): return x", "0:0w 2:6")
    check_references("x = 1\ndef f($0x): return x\nf(x=x)", "1:6w 1:17 2:2")
    check_references("import $0os\nos.path", "0:7wi 1:0")
    check_references("import numpy as np\n$0np.x", "0:16w 1:0")
    check_references("def f():\n    global $0g\n    g = 1\ng", "1:11 2:4w 3:0")
    check_references(
        "class A:\n    def $0f(self): self.f()\nA().f\nx = A()\nx.f", "1:8w 1:22 2:4 4:2"
    )
    check_references("class A:\n    def $0f(self): pass\nz.f", "1:8w", known=False)
    check_references(
        "class A:\n    x = 1\nclass B(A):\n    $0x = 2\n    def f(self): self.x = x\nB().x\nA().x",
        "1:4w 3:4w 4:22w 5:4 6:4",
    )
    check_references(
        "class A:\n    @property\n    def f(self): pass\n    @f.setter\n"
        "    def $0f(self, v): pass\nA().f = 1",
        "2:8w 3:5 4:8w 5:4w",
    )
    check_references("$0x", "0:0", known=False)


def test_descriptions() -> None:
    check_hover(
        ENGINE + "car.engine.$0start", "def start(self, key: str, *, fast=False) -> int | Start it."
    )
    check_hover(ENGINE + "$0Engine", "class Engine | An engine.")
    check_hover(ENGINE + "$0Car", "class Car(engine: Engine, name='x') | ")
    check_hover(ENGINE + "$0Point", "class Point(x: int, y: float = ...) | ")
    check_hover(ENGINE + "$0car", "car = Car(Engine()) | ")
    check_hover("def f(a: int = 1):\n    $0a", "a: int = 1 | ")
    check_hover("$0x", "")


def test_signatures() -> None:
    check_call("def f(a, b=1, *, c): pass\nf($0", "f(<a>, b=1, *, c)")
    check_call("def f(a, b=1, *, c): pass\nf(1, $0)", "f(a, <b=1>, *, c)")
    check_call("def f(a, b=1, *, c): pass\nf(1, c=$0)", "f(a, b=1, *, <c>)")
    check_call(ENGINE + "car.engine.start($0)", "start(<key: str>, *, fast=False) -> int")
    check_call(ENGINE + "Engine.start($0)", "start(<self>, key: str, *, fast=False) -> int")
    check_call(ENGINE + "Car($0)", "Car(<engine: Engine>, name='x')")
    check_call(ENGINE + "Point(1, $0)", "Point(x: int, <y: float = ...>)")
    check_call("np.mean($0)", "")
    found = find_parameters(*at_cursor("def f(a, b=1, *, c): pass\nf(1, $0)"))
    assert [one.name for one in found.items] == ["b", "c"]
    assert found.complete


def test_outline() -> None:
    names, _ = at_cursor(ENGINE + "$0")

    def shown(items) -> str:
        return " ".join(
            one.name + (f"({shown(one.children)})" if one.children else "") for one in items
        )

    assert shown(outline(names)) == (
        "Engine(power start) Car(wheels __init__ engines main make) Point(x y norm) fetch car"
    )


def test_type_parameters() -> None:
    check_definition("def f[T, *Us](a: T) -> $0T: ...", "0:def f[T, *Us](a: T) -> T: ...")
    check_references("class A[$0T: int]:\n    x: T\nT = 1", "0:8w 1:7")
    names, at = at_cursor("def f[T](a):\n    $0\n")
    assert [one.name for one in visible_names(names, at).items] == ["a", "T", "f"]
    check_definition("type X = int\n$0X", "0:type X = int")


def test_values_that_the_text_does_not_show_are_unknown() -> None:
    check_members("import enum\nclass C(enum.Enum):\n    red = 1\nC.red.$0", "", complete=False)
    check_members(
        "class D:\n    def __get__(self, *a): ...\nclass C:\n    d = D()\nC().d.$0",
        "",
        complete=False,
    )
    check_members(
        "a0 = Car(1)\n" + "".join(f"a{k + 1} = a{k} or a{k}\n" for k in range(30)) + "a30.$0",
        "",
        complete=False,
    )
    check_members("x = x\nx.$0", "", complete=False)
    check_members("def f(): return g()\ndef g(): return f()\nf().$0", "", complete=False)
    check_members("class A(A): pass\nA().$0", "", complete=False)
    check_members("a" + ".a" * 900 + ".$0", "", complete=False)
    check_members("del car\ncar.$0", "", complete=False)
    check_members("@deco\ndef f(): return car\nf().$0", "", complete=False)
