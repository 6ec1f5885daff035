"""Completions of the script's own names, and the requests to the analyser."""

from __future__ import annotations

import asyncio

import pytest

from cellbridge.analysis import completion, locations, own_names
from cellbridge.core.code_info import Candidate, Completions
from support.fixture import question
from support.scripted_sources import ACCOUNT, Analyser, Kernel


async def check_names(
    marked: str, offered: str, hidden: str = "", *, asks: bool = False, live: Kernel | None = None
) -> None:
    """Check the names offered at the ``$0``, those that are not, and the use of the analyser."""
    analyser = Analyser()
    found = await completion.complete(question(marked), live, analyser)
    labels = {item.text for item in found.items}
    assert set(offered.split()) <= labels
    assert not set(hidden.split()) & labels
    assert bool(analyser.asked) is asks
    assert ("analysed" in labels) is asks
    assert not found.incomplete


NAMES = {
    "names of other cells": ("# %%\ntotal = 1\n# %%\nto$0", "total", "print"),
    "below, too": ("# %%\nprint(to$0)\n# %%\ntotal = 1\n", "total", ""),
    "builtins": ("# %%\nx = prin$0", "print", "pay"),
    "in any case": ("# %%\nTotal = 1\nto$0", "Total", ""),
    "keywords": ("# %%\nwh$0", "while", ""),
    "soft keywords": ("# %%\nma$0", "match map", ""),
    "no statement inside a line": ("# %%\nx = w$0", "", "while with"),
    "no soft keyword there": ("# %%\nx = ma$0", "map", "match"),
    "locals": ("# %%\ndef f(amount):\n    total = 1\n    return $0", "amount total f", ""),
    "not those of others": (
        "# %%\ndef f(hidden):\n    unseen = 1\ndef g():\n    return $0",
        "f g",
        "hidden unseen",
    ),
    "not those of a class": (
        "# %%\nclass A:\n    rate = 1\n    def f(self):\n        return $0",
        "A self",
        "rate f",
    ),
    "parameters of the call": (f"{ACCOUNT}acc.pay($0", "amount= tip= acc", ""),
    "of a class": (f"{ACCOUNT}Account(ow$0", "owner=", ""),
    "of a builtin": ("# %%\nnumber = 1\nprint(n$0", "number", "sep="),
    "its parameters": ("# %%\nnumber = 1\nprint($0", "number sep= end=", ""),
    "of a builtin class": ("# %%\nnumber = 1\nrange(n$0", "number", ""),
    "no second time": (f"{ACCOUNT}acc.pay(amount=ac$0", "acc", "amount="),
    "next to broken code": (
        "# %%\ntotal = 1\n# %%\ndef broken(:\n  x = = 2\n# %%\nto$0",
        "total",
        "",
    ),
    "in broken code": ("# %%\ntotal = 1\n# %%\nif to$0\nother = (", "total", ""),
    "next to magics": ("# %%\n%matplotlib inline\n!ls\ntotal = 1\n# %%\nto$0", "total", ""),
    "from a magic": ("# %%\n%time total = 1\n# %%\nto$0", "total", ""),
    "not from another language": ("# %%\n%%bash\ntotal=1\n# %%\nto$0", "", "total"),
    "imports": ("# %%\nimport numpy as np, os.path\nfrom re import sub\n# %%\n$0", "np os sub", ""),
    "no name for a new one": ("# %%\ntotal = 1\ndef to$0", "", "total"),
}


@pytest.mark.parametrize("case", NAMES)
async def test_bare_names_need_no_analyser(case: str) -> None:
    await check_names(*NAMES[case])


ATTRIBUTES = {
    "of an object": (f"{ACCOUNT}acc.$0", "owner pay rate __init__", "acc"),
    "begun": (f"{ACCOUNT}acc.pa$0", "pay", "owner"),
    "of a result": (f"{ACCOUNT}opened().$0", "owner pay", ""),
    "of a class": (f"{ACCOUNT}Account.$0", "pay rate", ""),
    "of self": (
        "# %%\nclass A:\n    def f(self):\n        self.x = 1\n    def g(self):\n        self.$0\n",
        "x f g",
        "",
    ),
    "of a literal": ("# %%\n'x'.jo$0", "join", ""),
    "next to broken code": (f"# %%\nx = = 1\n{ACCOUNT}acc.$0", "pay", ""),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
async def test_attributes_of_own_things_need_no_analyser(case: str) -> None:
    await check_names(*ATTRIBUTES[case])


ASKED = {
    "all names of a module": "# %%\nfrom numpy import *\nme$0",
    "names of a module": "# %%\nfrom numpy import me$0",
    "a module": "# %%\nimport nump$0",
    "attributes of others' things": "# %%\nimport numpy as np\nnp.me$0",
    "those of an unknown base class": "# %%\nimport a\nclass B(a.A):\n    x = 1\nB().$0",
    "parameters of others' functions": "# %%\nimport numpy as np\nnp.mean($0",
    "strings": "# %%\nopen('da$0",
}


@pytest.mark.parametrize("case", ASKED)
async def test_the_analyser_is_asked_for_what_the_text_does_not_tell(case: str) -> None:
    await check_names(ASKED[case], "", asks=True)


async def test_the_names_of_the_kernel_are_merged() -> None:
    live = Kernel(Completions([Candidate("total_of_kernel", 0, 2)]))
    await check_names("# %%\ntotal = 1\n# %%\nto$0", "total total_of_kernel", live=live)


async def test_the_live_object_is_shown_alone() -> None:
    live = Kernel(Completions([Candidate("live", 4, 4)], exact=True))
    await check_names(f"{ACCOUNT}acc.$0", "live", "pay", live=live)


async def test_a_kernel_without_the_object_leaves_it_to_the_text() -> None:
    live = Kernel(Completions([]))
    await check_names(f"{ACCOUNT}acc.$0", "pay owner", live=live)


async def test_parameters_of_a_live_function_need_no_analyser() -> None:
    live = Kernel(Completions([Candidate("axis=", 27, 27, "param")]))
    await check_names("# %%\nimport numpy as np\nnp.mean($0", "axis= np", live=live)


async def test_nothing_is_done_for_a_request_that_a_newer_one_has_replaced() -> None:
    analyser = Analyser()
    at = question("# %%\nimport numpy as np\nnp.me$0")
    found = await completion.complete(at, Kernel(), analyser, wanted=lambda: False)
    assert (found.items, found.incomplete, analyser.asked) == ([], True, [])


async def test_a_cut_list_has_the_typed_name_and_is_requested_again() -> None:
    script = "".join(f"data_{number} = 1\n" for number in range(1000))
    found = await completion.complete(question(f"{script}data = 1\ndata$0"), None, Analyser())
    assert found.items[0].text == "data"
    assert found.incomplete


async def test_fifty_thousand_lines_are_answered_without_an_analyser() -> None:
    cell = "# %%\ndef function_{0}(first):\n    return first\n\nvalue_{0} = function_{0}({0})\n"
    script = ACCOUNT + "".join(cell.format(number) for number in range(10_000))
    at = question(f"{script}# %%\nfunction_123$0")
    reading = asyncio.create_task(own_names.read(at.names))
    await asyncio.sleep(0)
    assert not reading.done()  # It is read in slices, between which other requests are handled.
    await reading
    analyser = Analyser()
    found = await completion.complete(at, None, analyser)
    expected = ["function_123", *(f"function_123{number}" for number in range(10))]
    assert [item.text for item in found.items] == expected
    at = question(f"{script}# %%\nprint(function_9$0999(1))")
    (place,) = await locations.definitions(at, analyser)
    assert place.line == ACCOUNT.count("\n") + 5 * 9999 + 1
    assert not analyser.asked
