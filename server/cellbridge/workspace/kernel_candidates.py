"""The kernels that a script could run in, as a person is given them to choose from.

Owns the list: what is registered, what the project names, what a search has found so far, each
once. Nothing is started. A search belongs to one list of folders and is kept for `KEPT_SECONDS`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cellbridge.core.document.languages import language_named
from cellbridge.kernel.find import environments
from cellbridge.kernel.find.environments import Environment
from cellbridge.kernel.find.kernel_choice import (
    Choice,
    KernelPreferences,
    candidates,
    problem_of,
    unreliable,
)
from cellbridge.kernel.find.projects import ProjectEnvironment
from cellbridge.workspace.supervised_tasks import Part

KEPT_SECONDS = 120.0
"""How long the outcome of a search is taken for true."""
_PATIENCE = 1.0
"""Seconds that an answer waits for a search; what comes later is in the next answer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One kernel to choose."""

    id: str
    title: str
    detail: str
    language: str
    environment: Environment | None = None
    """None for a registered kernel."""
    problem: str = ""
    runnable: bool = True


@dataclass(slots=True)
class _Search:
    folders: tuple[Path, ...]
    begun: float
    found: list[Environment] = field(default_factory=list[Environment])
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Offers:
    """The kernels of this machine; one for each workspace."""

    def __init__(self, tasks: Part) -> None:
        self._tasks = tasks
        self._search: _Search | None = None

    async def choices(self, preferences: KernelPreferences, choice: Choice) -> list[Offer]:
        """Return what is registered and what the project names, the chosen one first."""
        offers = await asyncio.to_thread(_known, preferences, choice)
        found = self._search.found if self._search is not None else ()
        return _once([*offers, *(await asyncio.to_thread(_offered, tuple(found)))])

    async def environments(self, preferences: KernelPreferences) -> list[Environment]:
        """Return the environments known so far, those that the project names first."""
        found = list(self._search.found) if self._search is not None else []
        return await asyncio.to_thread(lambda: [*_named(preferences), environments.own(), *found])

    async def search(self, folders: Sequence[Path]) -> bool:
        """Look for environments that no project names; returns whether it still goes on.

        What is found comes with the next `choices`. At most one search runs.
        """
        search = self._search
        wanted, now = tuple(folders), time.monotonic()
        if search is None or (
            search.over.is_set() and (search.folders != wanted or now - search.begun > KEPT_SECONDS)
        ):
            search = self._search = _Search(wanted, now)
            self._tasks.create_task(_look(search))
        try:
            async with asyncio.timeout(_PATIENCE):
                await search.over.wait()
        except TimeoutError:
            return True
        return False

    def forget(self) -> None:
        """Something was installed: look anew when asked next."""
        if self._search is not None and self._search.over.is_set():
            self._search = None


async def _look(search: _Search) -> None:
    def look() -> None:
        from cellbridge.kernel.find.environment_search import search as walk  # noqa: PLC0415 (only when asked)

        # The list only grows, and its reader takes a copy.
        for environment in walk(search.folders, os.environ):
            search.found.append(environment)

    try:
        await asyncio.to_thread(look)
    finally:
        search.over.set()


def _known(preferences: KernelPreferences, choice: Choice) -> list[Offer]:
    offers: list[Offer] = []
    if choice.environment is not None:
        offers.append(offer_of(choice.environment))
    if preferences.language.casefold() == "python":
        offers += [offer_of(environment) for environment in _named(preferences)]
        offers.append(offer_of(environments.own()))
    registered = list(_registered())
    spoken = _language(preferences.language)
    registered.sort(key=lambda offer: (offer.id != choice.id, _language(offer.language) != spoken))
    first = [offer for offer in registered if offer.id == choice.id]
    return [*first, *offers, *registered]


def _named(preferences: KernelPreferences) -> list[Environment]:
    return [
        found.environment
        for found in candidates(preferences)
        if isinstance(found, ProjectEnvironment)
    ]


def _offered(found: Sequence[Environment]) -> list[Offer]:
    return [offer_of(environment) for environment in found]


def _registered() -> Iterator[Offer]:
    # What knows kernelspecs takes a fifth of a second to import, which only this question pays.
    from cellbridge.kernel.find.specs import list_specs, missing_program  # noqa: PLC0415

    for spec in list_specs():
        problem = str(missing_program(spec) or "")
        detail = f"{spec.name} · {spec.directory}"
        yield Offer(
            spec.name,
            spec.display_name,
            detail,
            spec.language,
            problem=problem,
            runnable=not problem,
        )


def offer_of(environment: Environment) -> Offer:
    """Return an environment as a choice."""
    missing, version = problem_of(environment), environment.ipykernel
    weak = f"ipykernel {version} loses requests now and then; update it."
    return Offer(
        str(environment.python),
        environment.title,
        str(environment.python),
        "python",
        environment,
        missing or (weak if unreliable(version) else ""),
        runnable=not missing,
    )


def _language(name: str) -> str:
    known = language_named(name)
    return known.name if known is not None else name.casefold()


def _once(offers: Sequence[Offer]) -> list[Offer]:
    """Return the offers, each environment once: a link and its target may be the same one."""
    kept: dict[tuple[str, str], Offer] = {}
    for offer in offers:
        one = offer.environment
        # A registered kernel is a choice of its own: it may start its Python otherwise.
        key = ("prefix", one.key) if one else ("name", offer.id)
        kept.setdefault(key, offer)
    return list(kept.values())
