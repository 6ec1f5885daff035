"""The kernels of other languages that tests run: where they lie, and how they get there.

    python tests/support/kernel_programs.py     install whatever is missing

Owns a folder in the user's cache, outside the checkout and named by what is in it: a virtual
environment with the kernels that the package index has, and a kernelspec for each. R and Octave
themselves come from the system (`.ci/run` installs them). It uses the standard library only; as a
program, it also fetches a newer Python (newer_python.py).
"""

from __future__ import annotations

import json
import shutil
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.fetched import clear_older, folder_for, pip, run

PACKAGES = (
    "bash_kernel==0.10.0",
    "deno==2.9.8",
    "octave_kernel==1.1.1",
    "uv==0.13.9",
    "xeus-python==0.19.0",
)
"""The kernels, and uv, whose environments tests make."""
SYSTEM = {
    "ir": ("Rscript", "sudo apt install r-base-core r-cran-irkernel"),
    "octave": ("octave-cli", "sudo apt install octave gnuplot-nox"),
}
"""Kernels that need a program of the system: which, and how it is installed."""
R_KERNEL = Path("/usr/share/jupyter/kernels/ir")


def cache() -> Path:
    """Return the folder of the kernels, which is new whenever this file is."""
    folder = folder_for("kernels", __file__)
    return folder.with_name(f"{folder.name}-{sys.version_info.minor}")


def jupyter_path() -> Path:
    """Return what ``JUPYTER_PATH`` must hold for these kernels to be found."""
    return cache() / "share" / "jupyter"


def missing(name: str) -> str:
    """Say what is missing to run this kernel and how to get it; empty if nothing is."""
    program, remedy = SYSTEM.get(name, ("", ""))
    if program and shutil.which(program) is None:
        return f"{program} is not installed: {remedy}"
    if name == "ir":
        return "" if R_KERNEL.is_dir() else f"IRkernel is not installed: {remedy}"
    if not (jupyter_path() / "kernels" / name / "kernel.json").is_file():
        return "The kernels can be installed by `python tests/support/kernel_programs.py`."
    return ""


def install() -> None:
    """Fill the cache, unless it is filled; older ones are removed."""
    folder = cache()
    if folder.exists():
        return
    clear_older(folder)
    # Made where it will stay, as a virtual environment knows its place; gone if it fails.
    try:
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        pip("install", *PACKAGES, python=python)
        run(python, "-m", "bash_kernel.install", "--prefix", folder, within=folder)
        for spec in folder.glob("share/jupyter/kernels/*/kernel.json"):
            name_python(spec, python)
        write_deno(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def name_python(file: Path, python: Path) -> None:
    """Have a kernelspec start this environment's Python, whatever Python it is started from."""
    spec = json.loads(file.read_text("utf-8"))
    if Path(spec["argv"][0]).name.startswith("python"):
        spec["argv"][0] = str(python)
        file.write_text(json.dumps(spec), "utf-8")


def write_deno(folder: Path) -> None:
    """Write Deno's kernelspec, which it would itself put among the user's own."""
    place = folder / "share" / "jupyter" / "kernels" / "deno"
    place.mkdir(parents=True)
    argv = [str(folder / "bin" / "deno"), "jupyter", "--kernel", "--conn", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Deno", "language": "typescript"}
    (place / "kernel.json").write_text(json.dumps(spec), "utf-8")


if __name__ == "__main__":
    from support import newer_python

    install()
    newer_python.install()
