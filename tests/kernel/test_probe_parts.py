"""The pure parts of the probe's variables and tables, for whatever values there are."""

from __future__ import annotations

import math
from collections import Counter, deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellbridge.kernel.probe.children import MissingStep, family, walk
from cellbridge.kernel.probe.deadlines import Deadline
from cellbridge.kernel.probe.safe_repr import value_text
from cellbridge.kernel.probe.stored_attributes import part
from cellbridge.kernel.probe.tables.columns import NumberColumn
from cellbridge.kernel.probe.tables.object_columns import ObjectColumn
from cellbridge.kernel.probe.tables.values import meets_condition, plain

PACE = Deadline(60)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
NESTED = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.tuples(inner, inner)
        | st.lists(inner).map(deque)
    ),
    max_leaves=30,
)
NUMBERS = st.lists(st.floats(width=32) | st.just(math.nan), max_size=30)
WORDS = st.lists(st.none() | st.text(max_size=3), max_size=30)


@given(NESTED, st.integers(1, 200))
@settings(max_examples=50)
def test_no_text_is_longer_than_asked_for(value: Any, limit: int) -> None:
    assert len(value_text(value, limit)) <= limit


@given(st.integers(0, 60))
def test_the_work_for_a_text_is_bounded_whatever_is_nested(depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = [value] * 1000
    assert len(value_text(value, 80)) <= 80


@given(NESTED)
@settings(max_examples=50)
def test_every_step_leads_to_what_was_shown_under_it(value: Any) -> None:
    def check(obj: Any, path: list[str], depth: int) -> None:
        kind = family(obj)
        if kind is None or depth == 0:
            return
        found = kind.items(obj, 0, 100, "x")
        assert len(found) == kind.count(obj)
        assert len({one.key for one in found}) == len(found)
        for one in found:
            there, expression = walk([*path, one.key], {"x": value})
            assert there is one.value or there == one.value or there != there
            if expression and len(path) == 1:
                given_by = eval(expression, {"x": value})
                assert given_by is one.value or repr(given_by) == repr(one.value)
            check(one.value, [*path, one.key], depth - 1)

    check(value, ["x"], 3)


@given(st.dictionaries(st.integers(), st.integers()), st.integers(0, 20), st.integers(0, 20))
def test_a_part_of_a_dict_is_a_slice_of_its_items(
    items: dict[int, int], start: int, count: int
) -> None:
    assert part(items.items, start, count) == list(items.items())[start : start + count]


def test_a_dict_that_changes_while_it_is_read_is_read_again() -> None:
    changing = {at: at for at in range(10)}

    def make() -> Any:
        for at in list(changing):
            if at == 5 and 99 not in changing:
                changing[99] = 1
                raise RuntimeError("dictionary changed size during iteration")
            yield at

    assert part(make, 0, 100) == [*range(10), 99]


def test_a_step_that_is_gone_is_told() -> None:
    for path in (["y"], ["x", "#3"], ["x", "#0", "=1"], ["x", ".a"]):
        with pytest.raises(MissingStep):
            walk(path, {"x": [1, 2]})


@given(NUMBERS, st.booleans(), st.booleans())
def test_numbers_are_ordered_with_the_missing_last(
    values: list[float], down: bool, stable: bool
) -> None:
    column = NumberColumn(np.array(values, float))
    order = plain(column.order(None, down, stable, PACE), None, None)
    assert sorted(order) == list(range(len(values)))
    found = [values[at] for at in order]
    kept = sorted((one for one in values if one == one), reverse=down)
    assert found[: len(kept)] == kept
    assert all(math.isnan(one) for one in found[len(kept) :])
    if stable:
        places = [order.index(at) for at in range(len(values))]
        for one in range(len(values)):
            for other in range(one + 1, len(values)):
                if values[one] == values[other]:
                    assert places[one] < places[other]


@given(WORDS, st.booleans())
@settings(max_examples=50)
def test_objects_are_ordered_as_python_orders_them(values: list[str | None], down: bool) -> None:
    values = values * 120  # More than one piece is sorted and merged.
    column = ObjectColumn(lambda start, stop: values[start:stop], len(values))
    order = column.order(None, down, True, PACE)
    kept = [at for at, one in enumerate(values) if one is not None]
    expected = sorted(kept, key=lambda at: values[at] or "", reverse=down)
    assert order == expected + [at for at, one in enumerate(values) if one is None]


@given(
    NUMBERS,
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "null", "notNull"]),
    st.floats(allow_nan=False, width=32),
)
def test_numbers_meet_the_same_conditions_in_numpy_as_one_by_one(
    values: list[float], operator: str, wanted: float
) -> None:
    found = NumberColumn(np.array(values, float)).match(operator, repr(wanted), PACE).tolist()
    assert found == [
        at for at, one in enumerate(values) if meets_condition(one, operator, repr(wanted))
    ]


@given(NUMBERS)
def test_a_summary_counts_every_number_once(values: list[float]) -> None:
    told = NumberColumn(np.array(values, float)).summary(PACE)
    kept = [one for one in values if not math.isnan(one)]
    assert told["nulls"] == len(values) - len(kept)
    if not kept:
        return
    assert told["distinct"] == len(set(kept))
    assert (float(told["min"]), float(told["max"])) == (min(kept), max(kept))
    finite = [one for one in kept if math.isfinite(one)]
    assert sum(one["count"] for one in told["histogram"]) == len(finite)
    for bar in told["histogram"]:
        assert bar["low"] <= bar["high"]


@given(st.lists(st.integers(-5, 5) | st.none(), min_size=1))
def test_objects_and_numpy_tell_the_same_of_numbers(values: list[int | None]) -> None:
    objects = ObjectColumn(lambda start, stop: values[start:stop], len(values)).summary(PACE)
    array = np.array([math.nan if one is None else one for one in values], float)
    numbers = NumberColumn(array).summary(PACE)
    assert objects["nulls"] == numbers["nulls"]
    if objects["distinct"]:
        assert objects["distinct"] == numbers["distinct"]
        counts = [Counter(bar["count"] for bar in one["histogram"]) for one in (objects, numbers)]
        assert sum(counts[0].elements()) == sum(counts[1].elements())
