"""Descriptions and places of the script's own names, and the requests to the analyser."""

from __future__ import annotations

import pytest

from cellbridge.analysis import locations
from cellbridge.analysis.completion_details import details
from cellbridge.analysis.hover import hover
from cellbridge.analysis.signature import signatures
from cellbridge.core.code_info import Candidate
from support.fixture import question
from support.scripted_sources import ACCOUNT, Analyser, Kernel


async def check_hover(marked: str, expected: str, *, asks: bool = False, facts: str = "") -> None:
    """Check the description at the ``$0``, and if the analyser is queried for it."""
    analyser = Analyser()
    live = Kernel(facts=facts) if facts else None
    found = await hover(question(marked), live, analyser)
    assert expected in found.data["text/markdown"]
    assert bool(analyser.asked) is asks


HOVERS = {
    "a function": (f"{ACCOUNT}ope$0ned()", "```python\ndef opened() -> Account\n```"),
    "a method": (f"{ACCOUNT}acc.p$0ay(1)", "def pay(self, amount, tip=0)\n```\n\n```text\nPay it."),
    "a class": (f"{ACCOUNT}Acc$0ount", "class Account(owner)\n```\n\n```text\nAn account."),
    "where it is defined": ("# %%\nasync def f$0etch(x): ...", "async def fetch(x)"),
    "next to broken code": (f"{ACCOUNT}x = = 1\n# %%\nope$0ned()", "def opened()"),
}


@pytest.mark.parametrize("case", HOVERS)
async def test_own_functions_and_classes_are_described_without_the_analyser(case: str) -> None:
    await check_hover(*HOVERS[case])


async def test_the_analyser_is_asked_for_the_type_of_a_variable() -> None:
    await check_hover(f"{ACCOUNT}a$0cc", "analysed", asks=True)
    await check_hover("# %%\nimport numpy as np\nnp.me$0an", "analysed", asks=True)


async def test_a_whole_live_description_is_not_kept_waiting() -> None:
    await check_hover("# %%\nimport numpy as np\nnp.me$0an", "live", facts="live")


async def test_an_own_function_that_has_not_run_is_described() -> None:
    found = await hover(question(f"{ACCOUNT}ope$0ned()"), Kernel(), Analyser())
    assert "def opened()" in found.data["text/markdown"]


@pytest.mark.parametrize(
    ("call", "label", "active"),
    [
        ("acc.pay($0", "pay(amount, tip=0)", 0),
        ("acc.pay(1, $0", "pay(amount, tip=0)", 1),
        ("acc.pay(tip=$0", "pay(amount, tip=0)", 1),
        ("Account($0", "Account(owner)", 0),
    ],
)
async def test_signatures_of_own_things_need_no_analyser(
    call: str, label: str, active: int
) -> None:
    analyser = Analyser()
    (found,) = (await signatures(question(ACCOUNT + call), None, analyser)).items
    assert (found.label, found.active, analyser.asked) == (label, active, [])


async def check_places(marked: str, expected: str, *, asks: bool = False) -> None:
    """Check definitions and uses at the ``$0``: ``definitions | uses``, each as line:column."""
    analyser = Analyser()
    at = question(marked)
    found = (await locations.definitions(at, analyser), await locations.references(at, analyser))
    shown = (" ".join(f"{one.line}:{one.column}" for one in places) for places in found)
    assert " | ".join(shown) == expected
    assert bool(analyser.asked) is asks


PLACES = {
    "across cells": ("# %%\ntotal = 1\n# %%\nprint(to$0tal)", "1:0 | 1:0 3:6"),
    "two cells with one name": (
        "# %%\ntotal = 1\n# %%\ntotal = 2\n# %%\nprint(to$0tal)",
        "3:0 | 1:0 3:0 5:6",
    ),
    "next to broken code": (
        "# %%\ntotal = 1\n# %%\nx = = 1\n# %%\nprint(to$0tal)",
        "1:0 | 1:0 5:6",
    ),
    "in magics": ("# %%\ndef f(): ...\n# %%\n%time f$0()\nf()", "1:4 | 1:4 3:6 4:0"),
    "a parameter": ("# %%\ndef f(x):\n    return x$0\nf(x=1)\nx = 2", "1:6 | 1:6 2:11 3:2"),
    "a method": (f"{ACCOUNT}acc.p$0ay(1)", "6:8 | 6:8 12:4"),
    "an attribute": (f"{ACCOUNT}acc.ow$0ner", "5:13 | 5:13 12:4"),
    "a comprehension": ("# %%\nx = 1\n[x$0 for x in range(3)]", "2:7 | 2:1 2:7"),
}


@pytest.mark.parametrize("case", PLACES)
async def test_places_of_own_names_need_no_analyser(case: str) -> None:
    await check_places(*PLACES[case])


async def test_the_analyser_is_asked_for_the_definition_in_another_file() -> None:
    analyser = Analyser()
    for marked in ("# %%\nimport numpy as np\nn$0p", "# %%\npri$0nt(1)"):
        (found,) = await locations.definitions(question(marked), analyser)
        assert found.path == "other.py"


async def test_a_selected_candidate_is_described_without_the_analyser() -> None:
    analyser = Analyser()
    candidate = Candidate("pay", 4, 4)
    found = await details(question(f"{ACCOUNT}acc.$0"), candidate, "", None, analyser)
    assert "Pay it." in found.data["text/markdown"]
    assert not analyser.asked
