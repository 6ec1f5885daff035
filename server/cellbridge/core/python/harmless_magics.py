"""Magics that bind no name except those written next to them.

Owns the list of them. What other magics do is not known: ``%run`` and ``%pylab`` bind what they
like, and so may those of an extension.
"""

from __future__ import annotations

import re


def split_words(text: str) -> frozenset[str]:
    """Return the words of a list written as one text."""
    return frozenset(text.split())


_HARMLESS = split_words(
    "alias autoawait bookmark capture cat cd clear colors conda config cp debug dhist dirs "
    "doctest_mode ed edit env gui hist history html javascript js killbgscripts latex ldir less lf "
    "lk ll logoff logon logstart logstate logstop lprun ls lsmagic lx magic man mamba markdown "
    "matplotlib memit micromamba mkdir more mprun mv notebook page pastebin pdb pdef pdoc pfile "
    "pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat qtconsole "
    "quickref rehashx reset reset_selective rm rmdir save set_env snakeviz svg sx system tb time "
    "timeit unalias unload_ext uv watermark who who_ls whos writefile xdel xmode file autoreload "
    "bash sh script perl ruby pypy python python2 python3 cmd"
)
_EXTENSIONS = split_words(
    "autoreload dotenv line_profiler memory_profiler snakeviz tensorboard watermark rich "
    "lab_black nb_black"
)
"""Extensions that bring magics only."""
_MAGIC = re.compile(r"\s*(?:[\w., ()\[\]]+=\s*)?%{1,2}(\w+)(.*)")
_WORD = re.compile(r"[^\W\d]\w*")


def magic_words(source: str) -> frozenset[str] | None:
    """Return the words next to the magics of a cell; None if one of these may bind any name."""
    if "%" not in source:
        return frozenset()
    found: set[str] = set()
    for line in source.split("\n"):
        magic = _MAGIC.match(line)
        if magic is None:
            continue
        name, rest = magic[1], magic[2]
        loads = name in {"load_ext", "reload_ext"} and rest.strip() in _EXTENSIONS
        if name not in _HARMLESS and not loads:
            return None
        if name not in {"time", "timeit", "prun", "memit", "lprun", "mprun"}:
            found.update(_WORD.findall(rest))
    return frozenset(found)
