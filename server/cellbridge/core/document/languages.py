"""The languages a script can be written in, and what their comments and long strings look like.

Owns: the table of languages, by file extension and by the Language Server Protocol's language ids.
It must not know cells or markers; it only states how a line becomes a comment and which constructs
can run over several lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Syntax:
    """The parts of a language's syntax that tell strings and comments apart from code."""

    quotes: str = "\"'"
    """Characters that open a string which ends on its own line at the latest."""
    spans: tuple[tuple[str, str], ...] = ()
    """Opening and closing delimiters of what may run over several lines, longest first."""
    python: bool = False
    """Python's own tokenizer is used: prefixes, f-strings, line joining."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language as cells need it."""

    name: str
    """The name kernels give the language, as in a kernelspec's ``language``."""
    comment: str
    """The text that opens a line comment; markers are such comments."""
    suffix: str = ""
    """The text that closes the comment, in languages that have block comments only."""
    syntax: Syntax = Syntax()
    extension: str = ""
    """The usual file extension, without its dot."""


_TRIPLE = ('"""', '"""')
_BLOCK = ("/*", "*/")
_PLAIN = Syntax()
_DOUBLE = Syntax(quotes='"')
_C = Syntax(spans=(_BLOCK,))
_C_DOUBLE = Syntax(quotes='"', spans=(_BLOCK,))
_C_TRIPLE = Syntax(quotes='"', spans=(_TRIPLE, _BLOCK))
_C_BACKTICK = Syntax(spans=(_BLOCK, ("`", "`")))
_NONE = Syntax(quotes="")

PYTHON = Language("python", "#", syntax=Syntax(python=True), extension="py")
"""Python, the language taken where nothing is known."""


def _python_like(name: str) -> Language:
    return Language(name, "#", syntax=PYTHON.syntax)


# One line per language: the language, its file extensions, the protocol's language ids.
_TABLE: tuple[tuple[Language, str, str], ...] = (
    (PYTHON, "py pyw pyi ipy", "python"),
    (_python_like("coconut"), "coco", "coconut"),
    (_python_like("sage"), "sage", "sage"),
    (_python_like("sos"), "sos", "sos"),
    (_python_like("xonsh"), "xsh", "xonsh"),
    # R strings may run over lines, but an apostrophe left open while typing would then hide every
    # marker below; like jupytext, a marker line always counts.
    (Language("R", "#", syntax=_PLAIN), "R r", "r"),
    (Language("julia", "#", syntax=Syntax('"', (_TRIPLE, ("#=", "=#")))), "jl", "julia"),
    (Language("bash", "#", syntax=_PLAIN), "sh bash zsh", "shellscript bash sh zsh"),
    (Language("powershell", "#", syntax=Syntax(spans=(("<#", "#>"),))), "ps1", "powershell"),
    (Language("perl", "#", syntax=_PLAIN), "pl", "perl"),
    (Language("ruby", "#", syntax=_PLAIN), "rb", "ruby"),
    (Language("elixir", "#", syntax=Syntax('"', (_TRIPLE,))), "exs ex", "elixir"),
    (Language("robotframework", "#", syntax=_NONE), "robot resource", "robotframework"),
    (Language("tcl", "#", syntax=_DOUBLE), "tcl", "tcl"),
    (Language("gnuplot", "#", syntax=_PLAIN), "gp", "gnuplot"),
    (Language("c++", "//", syntax=_C), "cpp cc cxx c h hpp", "cpp c"),
    (Language("csharp", "//", syntax=Syntax('"', (_TRIPLE, _BLOCK))), "cs csx", "csharp"),
    (Language("fsharp", "//", syntax=Syntax('"', (_TRIPLE, ("(*", "*)")))), "fs fsx", "fsharp"),
    (Language("go", "//", syntax=Syntax(spans=(_BLOCK, ("`", "`")))), "go", "go"),
    (Language("groovy", "//", syntax=_C_TRIPLE), "groovy", "groovy"),
    (Language("java", "//", syntax=_C_TRIPLE), "java jsh", "java"),
    (
        Language("javascript", "//", syntax=_C_BACKTICK),
        "js mjs cjs jsx",
        "javascript javascriptreact",
    ),
    (
        Language("typescript", "//", syntax=_C_BACKTICK),
        "ts mts cts tsx",
        "typescript typescriptreact",
    ),
    (Language("kotlin", "//", syntax=_C_TRIPLE), "kt kts", "kotlin"),
    (Language("rust", "//", syntax=_C_DOUBLE), "rs", "rust"),
    (Language("scala", "//", syntax=_C_TRIPLE), "scala sc", "scala"),
    (Language("stata", "//", syntax=_C_DOUBLE), "do", "stata"),
    (Language("q", "/", syntax=_DOUBLE), "q", "q"),
    (Language("haskell", "--", syntax=Syntax('"', (("{-", "-}"),))), "hs", "haskell"),
    (Language("lua", "--", syntax=Syntax(spans=(("[[", "]]"),))), "lua", "lua"),
    (Language("sql", "--", syntax=_C), "sql", "sql"),
    (Language("clojure", ";;", syntax=_DOUBLE), "clj cljs", "clojure"),
    (Language("scheme", ";;", syntax=_DOUBLE), "scm ss rkt", "scheme racket"),
    (Language("idl", ";", syntax=_PLAIN), "pro", "idl"),
    (Language("matlab", "%", syntax=_NONE), "m", "matlab octave"),
    (Language("logtalk", "%", syntax=_PLAIN), "lgt logtalk", "logtalk"),
    # A block comment that is also the marker's comment cannot hide markers.
    (Language("ocaml", "(*", "*)", _DOUBLE), "ml", "ocaml"),
    (Language("wolfram language", "(*", "*)", _DOUBLE), "wolfram wl", "wolfram"),
    (Language("maxima", "/*", "*/", _DOUBLE), "mac", "maxima"),
    (Language("sas", "/*", "*/", _PLAIN), "sas", "sas"),
    (Language("jenner", "/*", "*/", _PLAIN), "jenner", "jenner"),
)

_ROWS = tuple(
    (replace(language, extension=extensions.split()[0]), extensions.split(), identifiers.split())
    for language, extensions, identifiers in _TABLE
)
_BY_EXTENSION = {extension: row[0] for row in _ROWS for extension in row[1]}
_BY_ID = {identifier: row[0] for row in _ROWS for identifier in row[2]}
_BY_NAME = {row[0].name.lower(): row[0] for row in _ROWS}


def language_of(path_or_name: str, language_id: str | None = None) -> Language:
    """Return the language of a document, by its file extension, else by the client's language id.

    The extension wins because editors often have no id of their own for rarer languages and send
    ``plaintext``. A document that neither names is taken for Python.
    """
    name = path_or_name.replace("\\", "/").rpartition("/")[2]
    extension = name.rpartition(".")[2] if "." in name else ""
    for key in (extension, extension.lower()):
        if key in _BY_EXTENSION:
            return _BY_EXTENSION[key]
    return language_named(language_id or "") or PYTHON


def language_named(name: str) -> Language | None:
    """Return the language that a kernel, a header or a client calls ``name``; None if unknown."""
    key = name.strip().lower()
    return _BY_ID.get(key) or _BY_NAME.get(key)


def extensions() -> frozenset[str]:
    """Return the file extensions of all languages, without their dots."""
    return frozenset(_BY_EXTENSION)
