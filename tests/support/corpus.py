"""Real notebooks and scripts to convert: where they lie, and how they get there.

    python tests/support/corpus.py     fetch what is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it: the notebooks
and example scripts of a few Debian source packages, chosen because they ship theirs. Nothing of
them is run. A package that cannot be fetched is left out; the tests say how many files they want.
It uses the standard library only; tests ask `missing`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.editor_programs import KEYRING, SUITE, mirror

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
    # Tests have a HOME of their own, so the real one is looked up.
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return home / ".cache" / "cellbridge-test-corpus" / version


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.iterdir():
        shutil.rmtree(old, ignore_errors=True)
    # Unpacked aside and moved into place whole, so that a half-filled folder is never taken.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made, apt = Path(scratch) / "made", Path(scratch) / "apt"
        made.mkdir()
        own = own_apt(apt)
        for package in PACKAGES:
            fetch(package, apt, own, made)
        found = len(list(made.rglob("*.ipynb"))), len(list(made.rglob("*.py")))
        if found[0] < NOTEBOOKS or found[1] < SCRIPTS:
            sys.exit(f"Only {found[0]} notebooks and {found[1]} scripts could be fetched.")
        made.rename(folder)


def own_apt(folder: Path) -> dict[str, str]:
    """Return the environment of an apt that knows source packages and nothing of this machine."""
    for name in ("state/lists/partial", "cache/archives/partial", "etc/none"):
        (folder / name).mkdir(parents=True)
    (folder / "state" / "status").touch()
    (folder / "etc" / "sources.list").write_text(
        f"deb-src [signed-by={KEYRING}] {mirror()} {SUITE} main\n", "utf-8"
    )
    settings = folder / "apt.conf"
    settings.write_text(
        f'Dir "{folder}"; Dir::Etc "etc"; Dir::Etc::sourcelist "sources.list";'
        'Dir::Etc::sourceparts "none"; Dir::Etc::parts "none";'
        'Dir::Etc::preferencesparts "none"; Dir::State "state";'
        f'Dir::State::status "{folder}/state/status"; Dir::Cache "cache";'
        'APT::Sandbox::User "root"; Acquire::Languages "none";',
        "utf-8",
    )
    own = {**os.environ, "APT_CONFIG": str(settings)}
    subprocess.run(["apt-get", "update", "-qq"], env=own, check=True)
    return own


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
