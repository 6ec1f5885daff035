"""Real notebooks and scripts to convert: where they lie, and how they get there.

    python tests/support/corpus.py     fetch what is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it: the notebooks
and example scripts of a few Debian source packages, chosen because they ship theirs. Nothing of
them is run. A package that cannot be fetched is left out; the tests say how many files they want.
It uses the standard library only; tests ask `missing`.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.fetched import filling, folder_for, own_apt

NOTEBOOKS, SCRIPTS = 300, 300
"""How many there are at least; a folder with fewer is not kept."""
PACKAGES = (
    *("seaborn", "bqplot", "jupytext", "myst-nb", "nbsphinx", "ipyparallel", "ipywidgets"),
    *("nbclient", "nbconvert", "nbformat", "emcee", "dipy", "numba"),
)
_FOLDERS = {"examples", "example", "gallery", "galleries", "tutorials", "doc", "docs"}
_SCRIPTS_OF = "ipynb_to_"
"""In jupytext's tests: the folders of scripts that its notebooks became."""
_LARGEST = 4_000_000


def cache() -> Path:
    """Return the folder of the files, which is new whenever this file is."""
    return folder_for("corpus", __file__)


def notebooks() -> list[Path]:
    """Return the notebooks, in a fixed order."""
    return sorted(cache().rglob("*.ipynb"))


def scripts() -> list[Path]:
    """Return the example scripts, in a fixed order."""
    return sorted(cache().rglob("*.py"))


def missing() -> str:
    """Say what is missing and how to get it; empty if nothing is."""
    if cache().is_dir():
        return ""
    return "Notebooks to test with can be fetched by `python tests/support/corpus.py`, on Debian."


def install() -> None:
    """Fill the cache, unless it is filled; older ones are removed."""
    folder = cache()
    if folder.is_dir():
        return
    with filling(folder) as scratch:
        made, apt = scratch / "made", scratch / "apt"
        own = own_apt(apt, "deb-src")
        for package in PACKAGES:
            fetch(package, apt, own, made)
        found = len(list(made.rglob("*.ipynb"))), len(list(made.rglob("*.py")))
        if found[0] < NOTEBOOKS or found[1] < SCRIPTS:
            sys.exit(f"Only {found[0]} notebooks and {found[1]} scripts could be fetched.")


def fetch(package: str, scratch: Path, own: dict[str, str], made: Path) -> None:
    """Fetch one source package and keep its notebooks and examples."""
    command = ["apt-get", "source", "-qq", "--download-only", "--tar-only", package]
    done = subprocess.run(
        command, env=own, cwd=scratch, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(f"{package} is left out: {done.stderr.strip().partition(chr(10))[0]}")
        return
    for archive in scratch.glob("*.tar.*"):
        with tarfile.open(archive) as files:
            for member in wanted(files):
                content = files.extractfile(member)
                if content is not None:
                    target = made / package / flat_name(member.name)
                    target.parent.mkdir(exist_ok=True)
                    target.write_bytes(content.read())
        archive.unlink()


def wanted(files: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield notebooks and example scripts."""
    for member in files:
        path = PurePosixPath(member.name)
        if not member.isfile() or member.size > _LARGEST:
            continue
        example = not _FOLDERS.isdisjoint(path.parts) or _SCRIPTS_OF in member.name
        if path.suffix == ".ipynb" or (path.suffix == ".py" and example):
            yield member


def flat_name(name: str) -> str:
    """Return a name without folders: those of an archive lead nowhere else."""
    return "__".join(PurePosixPath(name).parts[1:])


if __name__ == "__main__":
    install()
