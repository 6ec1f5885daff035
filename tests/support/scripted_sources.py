"""A script with a class, and sources of knowledge with one answer to everything."""

from __future__ import annotations

from cellbridge.core.code_info import (
    NO_COMPLETIONS,
    NO_INSPECTION,
    NO_SIGNATURES,
    OBJECT,
    Candidate,
    Completions,
    Inspection,
    NameLocation,
    Signatures,
)

ACCOUNT = """\
# %% class
class Account:
    '''An account.'''
    rate = 0.5
    def __init__(self, owner):
        self.owner = owner
    def pay(self, amount, tip=0):
        '''Pay it.'''
acc = Account("me")
def opened() -> Account:
    return Account("you")
# %% use
"""


class Analyser:
    """An analyser that notes each request, and has one answer to everything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def complete(self, *_: object) -> Completions:
        self.asked.append("complete")
        return Completions([Candidate("analysed", 0, 0)])

    complete_import = complete

    async def hover(self, *_: object) -> Inspection:
        self.asked.append("hover")
        return Inspection({"text/markdown": "analysed"})

    async def signatures(self, *_: object) -> Signatures:
        self.asked.append("signatures")
        return Signatures([])

    async def locations(self, *_: object) -> list[NameLocation]:
        self.asked.append("locations")
        return [NameLocation("other.py", 1, 2, "analysed")]


class Kernel:
    """A kernel with an answer to everything, or with none."""

    def __init__(self, names: Completions = NO_COMPLETIONS, facts: str = "") -> None:
        self.names = names
        self.facts = Inspection({OBJECT: {"value": facts}}) if facts else NO_INSPECTION

    async def complete(self, *_: object) -> Completions:
        return self.names

    async def inspect(self, *_: object) -> Inspection:
        return self.facts

    async def signature(self, *_: object) -> Signatures:
        return NO_SIGNATURES
