"""Variables of kernels of other languages, which have no probe: R and bash.

Owns the code that lists variables in such a kernel, and the reading of its output. It must not know
how a request is sent.

Why it is safe. The request is sent only while the kernel is idle, as an ``execute_request`` that is
silent and not stored in the history: it changes no counter, shows nothing, and steals no output,
because nothing runs. Its code uses only the language's own functions, not replacements by the user,
and reads stored data: no print method, no length method, no active binding. It writes to a file in
the kernel's own private directory, so that it adds no outputs. A cell that is started at the same
moment waits for it for a few hundredths of a second; that is why the items of a value are not
requested as well. R computes a delayed value (``delayedAssign``) on any access, so that happens
here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cellbridge.core.variables import PAGE_LIMIT, ListVariables, Variable, VariablesPage

NAMES = 5000
"""Names that are listed."""
VALUE_LIMIT = 120
_FIELD, _ROW, _END = "\x1f", "\x1e", "\x1d"
"""`_END` ends the output. After an interrupt a kernel may report its end too early: bash_kernel
takes the prompt of one command for the end of the next."""


@dataclass(frozen=True)
class Language:
    """The listing of variables in one language."""

    code: Callable[[str], str]
    """Returns the code that writes them to a file."""
    read: Callable[[str], list[Variable]]
    """Reads that file."""
    own: Callable[[Variable], bool]
    """Returns True for a name that is not the user's."""


def complete_output(written: str) -> str | None:
    """Return a kernel's whole output from its file; None while it is still writing."""
    return written.removesuffix(_END) if written.endswith(_END) else None


def variables_page(language: Language, output: str, asked: ListVariables) -> VariablesPage:
    """Return the requested page of a kernel's variables."""
    found = language.read(output)
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


def _r_read(output: str) -> list[Variable]:
    rows = [row.split(_FIELD) for row in output.split(_ROW)]
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
"""Names that bash itself sets or reads (its manual, "Shell Variables"), and the kernel's.

Those from the environment are exported. If the environment lacks some, bash creates them itself,
unexported, so they are identified by name.
"""
_BASH_KINDS = {"a": "array", "A": "map", "i": "integer", "x": "exported"}


def _bash_code(path: str) -> str:
    escaped = path.replace("'", "'\\''")
    return f"{{ builtin declare -p; builtin printf '\\035'; }} > '{escaped}'"


def _bash_read(output: str) -> list[Variable]:
    found: list[Variable] = []
    for entry in re.split(r"(?m)^declare -(?=[-\w]+ \w)", output)[1 : NAMES + 1]:
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
"""The languages, by the kernel's name for them in lower case."""
