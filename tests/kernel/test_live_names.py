"""Names that come from an object's data: attributes and keys, found without user code.

The probe's functions are called in the test's own process; test_probe_answers.py has some of the
names in a kernel.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from cellbridge.kernel.probe.children import family, has_children, walk
from cellbridge.kernel.probe.completions import complete, describe_call
from cellbridge.kernel.probe.inspection import describe_expression, describe_key
from cellbridge.kernel.probe.safe_eval import Unknown, evaluate
from cellbridge.kernel.probe.safe_repr import value_text
from support.live_objects import RAN, live_objects


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return live_objects(tmp_path_factory.mktemp("objects"))


def offered(names: dict[str, Any], receiver: str) -> list[str]:
    query = {"kind": "attribute", "receiver": receiver}
    return [one[0] for one in complete(query, names, {})[0] if not one[0].startswith("_")]


def keys(names: dict[str, Any], expression: str, prefix: str = "") -> list[str]:
    holder = {"kind": "subscript", "expression": expression, "position": 0}
    query = {"kind": "string", "prefix": prefix, "holders": [holder], "receiver": '"'}
    return [one[0] for one in complete(query, names, {})[0]]


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [
        ("ns", "q1 inner"),
        ("ns.inner", "q2"),
        ("local", "val8"),
        ("mine", "deep"),
        ("cfg", "model name"),
        ("cfg.model", "lr"),
        ("iris", "target data"),
        ("iris.data", "q2"),
        ("itself", "alpha beta"),
        ("itself.beta", "q2"),
        ("net", "weight bias mean conv head training forward"),
        ("net.conv", "weight bias"),
        ("net['head']", "q2"),
        ("conf", "model"),
        ("conf.model", "lr"),
        ("wrapped", "part"),
        ("wrapped.part", "q2"),
        ("elsewhere", "part"),
        ("elsewhere.part", "q2"),
        ("arguments", "epochs"),
        ("part", "func args keywords"),
        ("Colour", "RED BLUE"),
        ("red", "name value"),
        ("Colour.BLUE.value", "depth"),
        ("red.name", "upper"),
        ("point", "x y"),
        ("point.y", "q2"),
        ("slotted.held", "q2"),
        ("structure", "width name ends"),
        ("structure.width", "bit_length"),
        ("module", "SimpleNamespace"),
        ("records", "east north"),
        ("ds", "warm cold"),
        ("ds.warm", "isel"),
        ("ds['cold']", "isel"),
        ("chain['second']", "q2"),
        ("user['kept']", "q2"),
        ("proxy['third']", "bit_length"),
        ("parser['server']['port']", "upper"),
    ],
)
def test_attributes_are_offered(names: dict[str, Any], receiver: str, expected: str) -> None:
    assert set(expected.split()) <= set(offered(names, receiver))
    assert RAN == []


def test_a_hook_that_serves_nothing_gives_no_names(names: dict[str, Any]) -> None:
    found = offered(names, "refuses")
    assert "cache" in found
    assert not {"hidden", "false"} & set(found)
    assert RAN == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("chain", "first second"),
        ("proxy", "third"),
        ("nested", "own third"),
        ("user", "kept"),
        ("counter", "a b"),
        ("ordered", "last first"),
        ("default", "key"),
        ("parser", "DEFAULT server"),
        ("parser['server']", "port host"),
        ("row", "one two"),
        ("match", "word"),
        ("archive", "left right"),
        ("ds", "warm cold"),
        ("net", "conv head"),
        ("wrapped", "part"),
        ("elsewhere", "part"),
        ("conf", "model"),
        ("cfg", "model name items"),
        ("records", "east north"),
        ("df", "zeta alpha Mid"),
        ("series", "zeta alpha"),
        ("empty", ""),
    ],
)
def test_keys_are_offered_in_their_order(
    names: dict[str, Any], expression: str, expected: str
) -> None:
    found = [key for key in keys(names, expression) if " " not in key]
    assert sorted(found) == sorted(expected.split()) if expression == "parser" else True
    assert expression == "parser" or found == expected.split()
    assert RAN == []


def test_the_environment_has_keys_and_no_files(names: dict[str, Any]) -> None:
    assert keys(names, "environ") == list(os.environ)
    assert "tmp/" not in keys(names, "empty", "/")
    found = describe_key(
        {"holders": [{"kind": "subscript", "expression": "environ", "position": 0}], "key": "PATH"},
        names,
    )
    assert found["value"] == value_text(os.environ["PATH"])


def test_columns_keep_the_order_of_the_frame(names: dict[str, Any]) -> None:
    found, _ = complete({"kind": "attribute", "receiver": "df"}, names, {})
    assert [name for name, kind in found if kind == "field"] == ["zeta", "alpha", "Mid"]
    found, _ = complete({"kind": "attribute", "receiver": "series"}, names, {})
    assert [name for name, kind in found if kind == "field"] == ["zeta", "alpha"]
    found, _ = complete({"kind": "attribute", "receiver": "cfg"}, names, {})
    assert [name for name, kind in found if kind == "field"] == ["model", "name"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("ns.inner", "types.SimpleNamespace(q2=2)"),
        ("local.val8", "1"),
        ("cfg.model.lr", "0.1"),
        ("net.bias", "[2]"),
        ("Colour.RED", "Colour.RED"),
        ("red.value", "'r'"),
        ("point.x", "1"),
        ("structure.width", "3"),
        ("chain['first']", "1"),
        ("wrapped['part']", "types.SimpleNamespace(q2=2)"),
        ("proxy", "mappingproxy({'third': 3})"),
        ("chain", "ChainMap({'first': 1, 'second': types.SimpleNamespace(q2=2)})"),
        ("row", "Row({'one': 1, 'two': 2})"),
    ],
)
def test_values_are_described(names: dict[str, Any], expression: str, value: str) -> None:
    assert describe_expression({"expression": expression}, names)["value"] == value
    assert RAN == []


@pytest.mark.parametrize("expression", ["calls.plot", "calls.inner.plot", "calls['plot']"])
def test_functions_among_the_data_have_signature_and_documentation(
    names: dict[str, Any], expression: str
) -> None:
    found = describe_call({"expression": expression}, names)
    assert found["label"].endswith("(data: Any, *, colour: str = 'red') -> None")
    assert describe_expression({"expression": expression}, names)["doc"] == "Plot it."


@pytest.mark.parametrize("expression", ["conf['model']", "structure.name", "refuses.hidden"])
def test_what_is_not_certain_is_unknown(names: dict[str, Any], expression: str) -> None:
    with pytest.raises(Unknown):
        evaluate(expression, names)
    assert RAN == []


@pytest.mark.parametrize(
    "receiver", ["ns", "local", "mine", "net", "conf", "wrapped", "arguments", "slotted", "part"]
)
def test_variables_unfold_the_attributes_that_are_offered(
    names: dict[str, Any], receiver: str
) -> None:
    obj = names[receiver]
    assert has_children(obj)
    kind = family(obj)
    assert kind is not None
    below = kind.items(obj, 0, 100, receiver)
    shown = {one.name for one in below}
    own = {name for name in offered(names, receiver) if not hasattr(type(obj), name)}
    assert own <= shown
    for one in below:
        assert walk([receiver, one.key], names)[0] is one.value
    RAN.clear()


@pytest.mark.parametrize("receiver", ["cfg", "iris", "chain", "proxy", "user", "environ", "row"])
def test_variables_unfold_the_keys_that_are_offered(names: dict[str, Any], receiver: str) -> None:
    obj = names[receiver]
    kind = family(obj)
    assert kind is not None
    found = kind.items(obj, 0, 10_000, receiver)
    assert [one.name for one in found] == [repr(key) for key in keys(names, receiver)]
    assert len(found) == kind.count(obj)
    for one in found:
        assert walk([receiver, one.key], names)[1] == f"{receiver}[{one.name}]"
    assert RAN == []


def test_a_threads_names_are_those_of_the_thread_that_made_them(names: dict[str, Any]) -> None:
    found: list[list[str]] = []
    asked = threading.Thread(target=lambda: found.append(offered(names, "local")))
    asked.start()
    asked.join()
    assert found == [["val8"]]
    assert "local" not in RAN
