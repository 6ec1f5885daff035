"""IPython's magics, shell and help lines, as written in scripts.

Owns: turning commented magics into the code a kernel runs (`uncomment_magics`), and hiding magics
from programs that read Python (`mask`). It must not know cells.

A script that is also plain Python carries its magics in comments, as jupytext and VS Code write
them:

    # %time train()      #%time train()      #!%time train()
    # !ls -l             #!ls -l
    # files = !ls        # df.head?          # ?df.head

A comment is a magic only if uncommenting gives a valid one *and* the comment is not prose. It must
touch its sign: ``# ! Important`` and ``# ? why`` are prose. ``# ls is a command`` is prose too:
bare shell words are never uncommented. ``# %d formats an int`` is prose because no magic is called
``d``; an unknown magic is taken for one if its name is a word and what follows does not read like
English.
``# really?`` is prose because help is recognised only for a dotted, underscored or built-in name.
A commented cell magic counts only as a cell's first line, as in IPython.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from .languages import PYTHON, Language
from .lexing import states


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINE_MAGICS = _words(
    """
    alias alias_magic autoawait autocall automagic autoreload bookmark cache cat cd clear
    clear_skip code_wrap colors conda config cp cython debug dhist dirs doctest_mode ed edit env
    file_magic gui hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff
    logon logstart logstate logstop lprun ls lsmagic lx macro magic mamba man matplotlib memit
    micromamba mkdir more mprun mv notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip
    popd pprint precision prun psearch psource pushd pwd pycat pylab qtconsole quickref recall
    rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc set_env snakeviz sql
    store subshell sx system tb time timeit unalias uv unload_ext watermark who who_ls whos xdel
    xmode R bash sh html javascript js latex markdown perl pypy python python2 python3 ruby
    script svg writefile capture bigquery
    """
)
"""Magics whose name alone makes a comment one: IPython's own and those of well-known extensions."""

_PYTHON_CELL_MAGICS = _words(
    "capture debug memit prun time timeit lprun mprun snakeviz code_wrap cache px autopx"
)
"""Cell magics whose body is Python."""

_PYTHON_LINE_MAGICS = _words("time timeit prun memit snakeviz debug")
"""Line magics whose argument is Python."""

_ENGLISH = _words(
    "a an and are as be but can does for has have if in is it means must not of off or should so "
    "than that the then this to was we were when which will with works you"
)

_COMMENTED = re.compile(r"(?P<indent>\s*)#(?P<rest>!?[ \t]?\S.*)", re.DOTALL)
_PERCENT = re.compile(
    r"(?P<signs>%{1,2})(?P<name>[A-Za-z_][\w.]*)(?P<help>\?{0,2})(?P<rest>(?:\s.*)?)$"
)
_SHELL = re.compile(r"!!?[A-Za-z.~$\\/{_]")
_HELP_BEFORE = re.compile(r"\?{1,2}(?P<name>%{0,2}[A-Za-z_][\w.]*(?:\[[^\]]*\])?)\s*$")
_HELP_AFTER = re.compile(r"(?P<name>%{0,2}[A-Za-z_][\w.]*(?:\[[^\]]*\])?)\?{1,2}\s*$")
_ASSIGNED = re.compile(
    r"(?P<target>[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_]\w*)*\s*=\s*)(?P<magic>(?:%[A-Za-z_]|!\s*[\w.~$\\/{]).*)$"
)
_NO_HELP = re.compile(r"#|\"\"\"|'''")
"""A question mark behind one of these ends a sentence of a comment or of a docstring."""
_BUILTINS = frozenset(dir(builtins))


def uncomment_magics(lines: Sequence[str], language: Language) -> list[str]:
    """Return the lines a kernel is sent for code: commented magics uncommented, as many lines."""
    if not language.syntax.python:
        return [_foreign(line, language) for line in lines]
    shown = list(lines)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    found = {
        number: magic
        for number, line in enumerate(lines)
        if "#" in line and (magic := _uncomment(line, first_line=number == first)) is not None
    }
    if not found:
        return shown
    continues = False
    for number, state in enumerate(states(lines, language, brackets=True)):
        magic = found.get(number) if not state else None
        if continues and magic is None:
            magic = _strip_comment(lines[number], "#")
        if magic is not None:
            shown[number] = magic
        continues = magic is not None and magic.rstrip().endswith("\\")
    return shown


def uncomment_lines(lines: Sequence[str], language: Language) -> list[str]:
    """Return the lines without the comment's prefix (and suffix); others are kept as they are."""
    bare = [_strip_comment(line, language.comment) for line in lines]
    if not language.suffix:
        return bare
    return [line.rstrip().removesuffix(language.suffix).removesuffix(" ") for line in bare]


def _strip_comment(line: str, comment: str) -> str:
    if line.startswith(comment + " "):
        return line[len(comment) + 1 :]
    return line.removeprefix(comment)


def _uncomment(line: str, *, first_line: bool) -> str | None:
    """Return the magic that a comment line holds; None if it is a comment."""
    found = _COMMENTED.match(line)
    if found is None:
        return None
    text = found["rest"]
    if text[0] == "!" and not text.startswith(("!%", "!!")):
        # "#!ls" is a shell line, "#!/usr/bin/python" is not.
        text = "" if text.startswith("!/") else text
    elif text[0] == "!":
        text = text[1:]  # as VS Code writes "%time" and "!ls": "#!%time", "#!!ls"
    else:
        text = text[1:] if text[0] in " \t" else text
    return found["indent"] + text if is_magic(text.rstrip(), first_line=first_line) else None


def is_magic(text: str, *, first_line: bool) -> bool:
    """Return whether a Python comment's text, or a line of a notebook's cell, is a magic.

    ``first_line`` is True for the first line of its cell that is not blank.
    """
    if found := _PERCENT.match(text):
        in_place = found["signs"] == "%" or first_line or bool(found["help"])
        return in_place and _is_magic_call(found["name"], found["rest"])
    if _SHELL.match(text):
        return True
    if found := _HELP_BEFORE.match(text) or _HELP_AFTER.match(text):
        name = found["name"]
        return "??" in text or not name.isalpha() or name in _BUILTINS
    if found := _ASSIGNED.match(text):
        magic = found["magic"]
        if magic[0] == "!":
            return not magic.startswith("! ")
        called = _PERCENT.match(magic)
        return called is not None and _is_magic_call(called["name"], called["rest"])
    return False


def _is_magic_call(name: str, rest: str) -> bool:
    words = rest.split()
    if words and words[0].lower().rstrip(",.:;") in _ENGLISH:
        return False
    if name in _LINE_MAGICS:
        return True
    # An unknown name: a magic of some extension, or a format such as %d.
    prose = len(words) >= 3 and all(word.isalpha() for word in words)
    return len(name) >= 2 and name[0].islower() and not prose


def _foreign(line: str, language: Language) -> str:
    """Uncomment a magic in a language other than Python: a known one that touches its sign."""
    stripped = line.lstrip()
    if not stripped.startswith(language.comment):
        return line
    text = _strip_comment(stripped, language.comment)
    indent = line[: len(line) - len(stripped)]
    return indent + text if is_foreign_magic(text, language) else line


def is_foreign_magic(text: str, language: Language) -> bool:
    """Return whether a comment's text is a magic in a language other than Python."""
    if language.name in {"matlab", "sas"}:  # "%" is a comment there, and a macro
        return False
    if language.name == "csharp":
        return bool(re.match(r"#![a-z]", text))
    if language.name == "rust":
        return bool(re.match(r":[a-z]", text))
    found = _PERCENT.match(text.rstrip())
    return bool(found) and _is_magic_call(found["name"], found["rest"])


# --- For programs that read Python ---------------------------------------------------------------


def mask(source: str) -> str:
    """Return ``source`` with every magic, shell and help line made harmless Python.

    The length and the lines stay the same, so that positions need no map: a masked line is a
    constant and blanks, and what a magic runs as Python stays where it stood.
    """
    lines = source.split("\n")
    if not any(sign in source for sign in "%!?"):
        return source
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    start = re.match(r"\s*%%(\w+)", lines[first])
    if start and start[1] not in _PYTHON_CELL_MAGICS:
        blank = [" " * len(line) for line in lines]
        blank[first] = _constant(lines[first])
        return "\n".join(map(_with_returns, lines, blank))
    masked: list[str] = []
    continues = False
    for line, state in zip(lines, states(lines, PYTHON, brackets=True), strict=True):
        if continues:
            masked.append(_with_returns(line, " " * len(line)))
            continues = line.rstrip().endswith("\\")
            continue
        hidden = None if state else _mask_line(line)
        continues = hidden is not None and line.rstrip().endswith("\\")
        masked.append(line if hidden is None else _with_returns(line, hidden))
    return "\n".join(masked)


def _with_returns(line: str, masked: str) -> str:
    """Return a masked line that ends, or is broken, by the carriage returns of the line it was."""
    if "\r" not in line:
        return masked
    return "".join("\r" if old == "\r" else new for old, new in zip(line, masked, strict=True))


def _mask_line(line: str) -> str | None:
    """Return a magic line as harmless Python of the same length; None for any other line."""
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    rest = line[len(indent) :]
    if not text:
        return None
    if found := re.match(r"%{1,2}(\w+)", text):
        return indent + _mask_magic(rest, found[1])
    if text[0] in "!%" or text[0] == "?":
        named = re.fullmatch(r"\?{1,2}[A-Za-z_][\w.]*", text)
        return indent + rest.replace("?", "+") if named else _constant(line)
    if text[-1] == "?" and not _NO_HELP.search(text):
        named = re.fullmatch(r"[A-Za-z_][\w.]*\?{1,2}", text)
        return line.replace("?", " ") if named else _constant(line)
    if found := _ASSIGNED.match(text):
        target = len(indent) + len(found["target"])
        width = len(line) - target
        value = "[]" if found["magic"][0] == "!" else "None" if width >= 4 else "0"
        return line[:target] + value.ljust(width)
    return None


def _mask_magic(rest: str, name: str) -> str:
    """Keep the Python that a magic such as ``%time`` runs."""
    if name in _PYTHON_LINE_MAGICS:
        options = re.match(r"%{1,2}\w+(?:\s+-\w+(?:\s*[\d.]+)?)*\s+", rest)
        if options and options.end() >= 2 and rest[options.end() :].strip():
            return "0".ljust(options.end() - 1) + ";" + rest[options.end() :]
    return _constant(rest)


def _constant(line: str) -> str:
    """Return a line of the same length that is a number at the same indentation."""
    indent = len(line) - len(line.lstrip())
    return (" " * indent + "0").ljust(len(line))[: len(line)]
