"""The kernels that a script could run in, as a list for the user to choose from.

Owns the list: registered kernels, the project's environments, and those that a search has found so
far, each once. No process is started. A search belongs to one list of folders and is kept for
`KEPT_SECONDS`.
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
from cellbridge.workspace.supervised_tasks import TaskScope

KEPT_SECONDS = 120.0
"""Seconds for which the result of a search is valid."""
_ANSWER_SECONDS = 1.0
"""Seconds that an answer waits for a search; later results are in the next answer."""


@dataclass(frozen=True, slots=True)
class KernelCandidate:
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


class KernelCandidates:
    """The kernels of this machine; one instance for each workspace."""

    def __init__(self, tasks: TaskScope) -> None:
        self._tasks = tasks
        self._search: _Search | None = None

    async def choices(
        self, preferences: KernelPreferences, choice: Choice
    ) -> list[KernelCandidate]:
        """Return the registered kernels and the project's environments, the chosen one first."""
        known = await asyncio.to_thread(_base_candidates, preferences, choice)
        found = self._search.found if self._search is not None else ()
        return await asyncio.to_thread(lambda: _unique([*known, *_candidates_of(tuple(found))]))

    async def environments(self, preferences: KernelPreferences) -> list[Environment]:
        """Return the environments found so far, the project's own first."""
        found = list(self._search.found) if self._search is not None else []
        return await asyncio.to_thread(
            lambda: [*_project_environments(preferences), environments.own(), *found]
        )

    async def search(self, folders: Sequence[Path]) -> bool:
        """Search for environments that no project names; return True while the search runs.

        The next `choices` includes the results. At most one search runs.
        """
        search = self._search
        wanted, now = tuple(folders), time.monotonic()
        if search is None or (
            search.over.is_set() and (search.folders != wanted or now - search.begun > KEPT_SECONDS)
        ):
            search = self._search = _Search(wanted, now)
            self._tasks.create_task(_run_search(search))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await search.over.wait()
        except TimeoutError:
            return True
        return False

    def forget(self) -> None:
        """Discard the last search, such as after an installation."""
        if self._search is not None and self._search.over.is_set():
            self._search = None


async def _run_search(search: _Search) -> None:
    def look() -> None:
        from cellbridge.kernel.find.environment_search import search as walk  # noqa: PLC0415 (only on request)

        # The list only grows, and its reader takes a copy.
        for environment in walk(search.folders, os.environ):
            search.found.append(environment)

    try:
        await asyncio.to_thread(look)
    finally:
        search.over.set()


def _base_candidates(preferences: KernelPreferences, choice: Choice) -> list[KernelCandidate]:
    found: list[KernelCandidate] = []
    if choice.environment is not None:
        found.append(candidate_of(choice.environment))
    if preferences.language.casefold() == "python":
        found += [candidate_of(environment) for environment in _project_environments(preferences)]
        found.append(candidate_of(environments.own()))
    registered = list(_registered_candidates())
    spoken = _language(preferences.language)
    registered.sort(
        key=lambda candidate: (candidate.id != choice.id, _language(candidate.language) != spoken)
    )
    first = [candidate for candidate in registered if candidate.id == choice.id]
    return [*first, *found, *registered]


def _project_environments(preferences: KernelPreferences) -> list[Environment]:
    return [
        found.environment
        for found in candidates(preferences)
        if isinstance(found, ProjectEnvironment)
    ]


def _candidates_of(found: Sequence[Environment]) -> list[KernelCandidate]:
    return [candidate_of(environment) for environment in found]


def _registered_candidates() -> Iterator[KernelCandidate]:
    # Importing the kernelspec modules takes a fifth of a second, which only this request needs.
    from cellbridge.kernel.find.specs import list_specs, missing_program  # noqa: PLC0415

    for spec in list_specs():
        problem = str(missing_program(spec) or "")
        detail = f"{spec.name} · {spec.directory}"
        yield KernelCandidate(
            spec.name,
            spec.display_name,
            detail,
            spec.language,
            problem=problem,
            runnable=not problem,
        )


def candidate_of(environment: Environment) -> KernelCandidate:
    """Return an environment as a choice."""
    missing, version = problem_of(environment), environment.ipykernel
    weak = f"ipykernel {version} loses requests now and then; update it."
    return KernelCandidate(
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


def _unique(found: Sequence[KernelCandidate]) -> list[KernelCandidate]:
    """Return the candidates, each environment once, whatever its names."""
    kept: dict[tuple[str, str], KernelCandidate] = {}
    for candidate in found:
        one = candidate.environment
        # A registered kernel is a separate choice: it may start its Python in another way.
        key = ("prefix", one.key) if one else ("name", candidate.id)
        kept.setdefault(key, candidate)
    return list(kept.values())
