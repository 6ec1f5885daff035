"""The names in kernels of other languages, which have no probe: R and bash.

Owns what such a kernel is made to run for them, and the reading of what it tells. It must not know
how a request is sent.

Why that is safe. The kernel is asked only while it is idle, by an ``execute_request`` that is
silent and stored in no history: it moves no counter, shows nothing, and steals nothing, since
nothing runs. What it runs uses the language's own functions alone, not those that a user has put in
their place, and looks at what is stored: no print method, no length method, no active binding. It
writes to a file in the kernel's own private directory, so nothing of it is among the outputs. A
cell that is started in the same moment waits for it, a few hundredths of a second; that is why a
name's items are not asked for as well. R computes a value that was put off (``delayedAssign``) when
anything looks at it, so that is done here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cellbridge.core.variables import PAGE_LIMIT, ListVariables, Variable, VariablesPage

NAMES = 5000
"""Names that are told."""
VALUE_LIMIT = 120
_FIELD, _ROW, _END = "\x1f", "\x1e", "\x1d"
"""`_END` is the last that is told. A kernel in which something was interrupted may say that it is
done before it is: bash_kernel takes the prompt of the one for the end of the other."""


@dataclass(frozen=True)
class Language:
    """How the names of one language's kernel are found."""

    code: Callable[[str], str]
    """What to run so that they are written to a file."""
    read: Callable[[str], list[Variable]]
    """What that file says."""
    own: Callable[[Variable], bool]
    """Whether a name is none of the user's."""


def whole(written: str) -> str | None:
    """Return what a kernel has told, by the file it writes to; None while it is still writing."""
    return written.removesuffix(_END) if written.endswith(_END) else None


def page(language: Language, said: str, asked: ListVariables) -> VariablesPage:
    """Return the page that was asked for of what a kernel has told."""
    found = language.read(said)
    wanted = asked.filter.casefold()
    found = [
        one
        for one in found
        if (asked.hidden or not language.own(one))
        and (wanted in one.name.casefold() or wanted in one.type.casefold())
    ]
    found.sort(key=lambda one: one.name.casefold())
    if asked.sort == "type":
        found.sort(key=lambda one: one.type.casefold())
    elif asked.sort == "size":
        found.sort(key=lambda one: -(one.size or 0))
    if asked.descending:
        found.reverse()
    start = max(0, asked.start)
    return VariablesPage(found[start : start + min(asked.count, PAGE_LIMIT)], len(found))


# --- R --------------------------------------------------------------------------------------------

_R = r"""base::eval(base::quote({
  env <- globalenv()
  clean <- function(x) gsub("[[:cntrl:]]+", " ", paste(enc2utf8(as.character(x)), collapse = ", "))
  few <- function(x, n) .subset(x, seq_len(min(n, length(unclass(x)))))
  row <- function(name) {
    if (bindingIsActive(as.name(name), env)) return(c(name, "active binding", "", "", "", ""))
    x <- get(name, envir = env, inherits = FALSE)
    shape <- attr(x, "dim", exact = TRUE)
    if (inherits(x, "data.frame", which = FALSE)) {
      shape <- c(.row_names_info(x, 2L), length(unclass(x)))
    }
    count <- if (is.environment(x) || is.function(x) || isS4(x)) "" else length(unclass(x))
    value <- if (is.function(x)) paste0("function(", clean(names(formals(args(x)))), ")")
      else if (is.factor(x)) clean(attr(x, "levels", exact = TRUE)[few(x, 10)])
      else if (is.atomic(x)) clean(few(x, 10))
      else if (is.list(x)) clean(few(attr(x, "names", exact = TRUE), 20))
      else if (is.language(x)) clean(deparse(x, nlines = 1L))
      else ""
    large <- is.list(x) && length(unclass(x)) > 100000L
    size <- if (large) "" else as.character(unclass(utils::object.size(x)))
    c(name, clean(class(x)[1L]), count, size, clean(shape), substr(value, 1L, LIMIT))
  }
  names <- ls(env, all.names = TRUE)
  rows <- lapply(names[seq_len(min(NAMES, length(names)))], row)
  text <- paste(vapply(rows, paste, "", collapse = "\x1f"), collapse = "\x1e")
  writeBin(charToRaw(enc2utf8(paste0(text, "\x1d"))), PATH)
  invisible(NULL)
}), base::new.env(parent = base::baseenv()))"""


def _r_code(path: str) -> str:
    code = _R.replace("PATH", _quoted(path)).replace("NAMES", str(NAMES))
    return code.replace("LIMIT", f"{VALUE_LIMIT}L")


def _r_read(said: str) -> list[Variable]:
    rows = [row.split(_FIELD) for row in said.split(_ROW)]
    return [
        Variable(
            key=name,
            name=name,
            type=kind,
            value=_cut(value),
            shape=shape.replace(", ", " × "),
            size=_number(size),
            length=_number(length),
            expression=name if re.fullmatch(r"[A-Za-z.][\w.]*", name) else f"`{name}`",
        )
        for name, kind, length, size, shape, value in (row for row in rows if len(row) == 6)
    ]


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# --- bash -----------------------------------------------------------------------------------------

_BASH_OWN = re.compile(
    r"BASH\w*|CDPATH|CHILD_MAX|COLUMNS|COMP_\w+|COMPREPLY|COPROC|DIRSTACK|EMACS|ENV|EPOCH\w+|EUID|"
    r"EXECIGNORE|FCEDIT|FIGNORE|FUNCN\w+|GLOB(IGNORE|SORT)|GROUPS|HIST\w+|HOME|HOST\w+|histchars|"
    r"IFS|IGNOREEOF|INPUTRC|INSIDE_EMACS|LANG|LC_\w+|LINENO|LINES|MACHTYPE|MAIL\w*|MAPFILE|OLDPWD|"
    r"OPT(ARG|ERR|IND)|OSTYPE|PAGER|PATH|PIPESTATUS|POSIXLY_CORRECT|PPID|PROMPT_\w+|PS\d|PWD|"
    r"RANDOM|READLINE_\w+|REPLY|SECONDS|SHELL|SHELLOPTS|SHLVL|SRANDOM|TERM|TIMEFORMAT|TMOUT|TMPDIR|"
    r"UID|auto_resume|_"
)
"""The names that bash sets or reads by itself (its manual, "Shell Variables"), and the kernel's.

Those that come with the environment are exported; bash makes some of them itself, unexported, where
the environment lacks them: so they are known by their names.
"""
_BASH_KINDS = {"a": "array", "A": "map", "i": "integer", "x": "exported"}


def _bash_code(path: str) -> str:
    escaped = path.replace("'", "'\\''")
    return f"{{ builtin declare -p; builtin printf '\\035'; }} > '{escaped}'"


def _bash_read(said: str) -> list[Variable]:
    found: list[Variable] = []
    for entry in re.split(r"(?m)^declare -(?=[-\w]+ \w)", said)[1 : NAMES + 1]:
        flags, _, rest = entry.rstrip("\n").partition(" ")
        name, given, value = rest.partition("=")
        if not re.fullmatch(r"\w+", name):
            continue
        kind = next((word for sign, word in _BASH_KINDS.items() if sign in flags), "string")
        if kind not in {"array", "map"}:
            value = (
                value[2:-1] if value.startswith("$'") else value.removeprefix('"').removesuffix('"')
            )
        found.append(
            Variable(
                key=name,
                name=name,
                type=kind,
                value=_cut(value) if given else "",
                length=None if kind in {"array", "map"} else len(value),
                expression=f"${{{name}[@]}}" if kind in {"array", "map"} else f"${name}",
            )
        )
    return found


def _cut(value: str) -> str:
    line = " ".join(value.split("\n"))
    return line if len(line) < VALUE_LIMIT else line[: VALUE_LIMIT - 1] + "…"


def _number(text: str) -> int | None:
    return int(float(text)) if re.fullmatch(r"\d+(\.\d+)?(e\+?\d+)?", text) else None


def _hidden(one: Variable, kinds: Sequence[str], own: re.Pattern[str]) -> bool:
    return one.type in kinds or own.fullmatch(one.name) is not None


LANGUAGES = {
    "r": Language(_r_code, _r_read, lambda one: _hidden(one, ("function",), re.compile(r"\..*"))),
    "bash": Language(_bash_code, _bash_read, lambda one: _hidden(one, ("exported",), _BASH_OWN)),
}
"""By the name that a kernel gives its language, in small letters."""
