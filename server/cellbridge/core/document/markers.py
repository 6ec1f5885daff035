r"""Cell markers: the lines that open a cell, and their meaning.

Owns: the percent format's grammar as jupytext reads it, the older marker forms and Databricks'
separator, and the escape of other lines that look like markers. It must not know the context of a
marker: other modules decide whether a line is inside a string.

A marker is a comment that holds nothing but

    %%                     then blanks, or one blank and the options
    %%% title              more percent signs: a cell below another one, as in Spyder
    <codecell>             IPython before notebooks
    In[3]:                 nbconvert's scripts
    COMMAND ----------     Databricks' source format

and may be indented. ``# %%time`` and ``# %%title`` are comments, not markers: no blank follows.

The options are a title, a type in brackets and metadata, as JSON or as ``key=value`` pairs:

    # %% Load the data [markdown] tags=["parameters"] note='two words'

A title may hold any of these signs: ``# %% Fit, n=100 samples`` has no metadata.

Invariant: `unescape` returns the line that `escape` was given.

    cell                 script
    # %% not a cell      # \%% not a cell
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from .languages import Language


class CellKind(StrEnum):
    """The kind of a cell; the values are nbformat's own names."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Marker:
    """The meaning of a marker line."""

    kind: CellKind = CellKind.CODE
    title: str = ""
    depth: int = 0
    """The number of percent signs beyond two."""
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    type_word: str = ""
    """The type as in the brackets: ``markdown``, ``md``, ``raw``, ``code``; empty without one."""


UNREADABLE = "incorrectly_encoded_metadata"
"""The metadata key under which text that cannot be read as metadata is kept, as jupytext does."""

_TYPES = (
    ("markdown", CellKind.MARKDOWN),
    ("raw", CellKind.RAW),
    ("md", CellKind.MARKDOWN),
)
CODE_WORD = "code"
"""The type word that Kaggle writes into markers of code cells."""
_TYPE = re.compile(rf"\[(?:{'|'.join((*dict(_TYPES), CODE_WORD))})\]\s*(?P<rest>.*)", re.DOTALL)
_WORD = re.compile(r"\.[a-zA-Z_][a-zA-Z0-9_.-]*")
_BARE = re.compile(r"[a-zA-Z_.]+[a-zA-Z0-9_.]*")
_VALUE = re.compile(
    r"(?:[\"'\[({\d.+-].*(?<!,)|true|false|null|True|False|None|NaN|Infinity)$", re.DOTALL
)
_KEY = re.compile(r"[a-zA-Z0-9_.@/-]+")
_MOST_SIGNS = 200  # equals signs that are tried as the last pair's
_LONGEST_KEPT = 100  # code points of a line whose reading is kept, to bound what that takes
_LONGEST_VALUE = 10_000  # code points; a longer value is not a literal that the user wrote


class Grammar:
    """The markers of one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        comment = re.escape(language.comment)
        suffix = rf"\s*(?:{re.escape(language.suffix)})?" if language.suffix else ""
        self._percent = re.compile(rf"\s*{comment}\s*%%(%*\s.*)$", re.DOTALL)
        self._plain = re.compile(
            rf"\s*{comment}\s*(?:%%|<codecell>|In\[[0-9 ]*\]:?|COMMAND -{{10,}}){suffix}\s*$"
        )
        self._hint = re.compile(r"%%|<codecell>|In\[|COMMAND -")

    def opens_cell(self, line: str) -> bool:
        """Return whether ``line`` (without its ending) is a marker."""
        if self._hint.search(line) is None:
            return False
        return bool(self._percent.match(line) or self._plain.match(line))

    def marker(self, line: str) -> Marker | None:
        """Return the meaning of ``line`` (without its ending); None if it is not a marker."""
        if len(line) > _LONGEST_KEPT:
            return self.read(line) if self.opens_cell(line) else None
        return _known_marker(line, self)

    def read(self, line: str) -> Marker:
        """Return the meaning of the marker ``line`` (without its ending)."""
        found = self._percent.match(line)
        if found is None:
            return Marker()
        options = found[1]
        suffix = self._language.suffix
        if suffix and options.rstrip().endswith(suffix):
            options = options.rstrip()[: -len(suffix)]
        return _options(options)


@lru_cache(maxsize=64)
def grammar_of(language: Language) -> Grammar:
    """Return the markers of ``language``."""
    return Grammar(language)


@lru_cache(maxsize=256)
def _known_marker(line: str, grammar: Grammar) -> Marker | None:
    """Spare the reading of a marker that was read before: most are plain and alike."""
    return grammar.read(line) if grammar.opens_cell(line) else None


def _options(text: str) -> Marker:
    title, metadata = _title_and_metadata(text)
    kind = CellKind.CODE
    type_word = ""
    for word, meaning in _TYPES:
        if f"[{word}]" in title:
            title = title.replace(f"[{word}]", "").strip()
            kind, type_word = meaning, word
            break
    else:
        if title.split()[-1:] == [f"[{CODE_WORD}]"]:
            title, type_word = title.removesuffix(f"[{CODE_WORD}]").strip(), CODE_WORD
    stripped = title.lstrip("%")
    depth = len(title) - len(stripped)
    title = stripped.strip() if depth else stripped
    named_kind, named_title = metadata.pop("cell_type", None), metadata.pop("title", None)
    if not type_word and named_kind in {"markdown", "raw"}:
        kind = CellKind(str(named_kind))
    if not title and isinstance(named_title, str):
        title = named_title
    return Marker(kind, title, depth, metadata, type_word)


def _title_and_metadata(text: str) -> tuple[str, dict[str, object]]:
    """Part the options: metadata are what reads as such up to the end, all above is the title."""
    text = text.strip()
    brace, equals = text.find("{"), text.find("=")
    if brace >= 0 and not 0 <= equals < brace:
        known, value = _literal(text[brace:])
        if known and isinstance(value, dict):
            metadata: dict[str, object] = {str(key): item for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any literal dict
            return text[:brace].strip(), metadata
        if brace == 0 and not _TYPE.search(text):
            return "", {UNREADABLE: text}
    if text.startswith(".") and " " not in text and _WORD.fullmatch(text):
        return "", {text: None}  # a class, as in Pandoc
    found = _TYPE.search(text)
    if found and "=" in found["rest"].partition(" ")[0]:
        # Behind a type, words without a value are metadata, too.
        title, metadata = _pairs(found["rest"], words=True)
        if not title:
            return text[: found.start("rest")].rstrip(), metadata
    return _pairs(text, words=False)


def _pairs(text: str, *, words: bool) -> tuple[str, dict[str, object]]:
    """Return the text above the pairs at the end of ``text``, and the pairs."""
    found: list[tuple[str, object]] = []
    while text and len(text) <= _LONGEST_VALUE:
        before, _, word = text.rpartition(" ")
        if words and _BARE.fullmatch(word):
            pair = word, None, before.rstrip()
        else:
            pair = _last_pair(text)
        if pair is None:
            break
        key, value, text = pair
        found.append((key, value))
    return text, dict(reversed(found))


def _last_pair(text: str) -> tuple[str, object, str] | None:
    """Return the key and the value at the end of ``text``, and the text before them.

    No tool puts blanks around the sign, a bare word or a comma behind a value: those are prose.
    """
    equals = text.rfind("=")
    for _ in range(_MOST_SIGNS):
        if equals < 0:
            return None
        start = text.rfind(" ", 0, equals) + 1
        if _KEY.fullmatch(text, start, equals) and _VALUE.match(text, equals + 1):
            known, value = _literal(text[equals + 1 :])
            if known:
                return text[start:equals], value, text[:start].rstrip()
        equals = text.rfind("=", 0, equals)
    return None


def _literal(text: str) -> tuple[bool, object]:
    """Read JSON, else a Python literal; the first item is True if it is one.

    Values that JSON cannot express, such as sets, do not count either.
    """
    text = text.strip()
    if len(text) > _LONGEST_VALUE:
        return False, None
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a title needs no warning
            # Through JSON and back: tuples become lists, keys become strings.
            return True, json.loads(json.dumps(ast.literal_eval(text)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


# --- Escapes --------------------------------------------------------------------------------------

_OPENER = r"(?:%%|<codecell>|In\[|COMMAND -|```|~~~)"
_ESCAPED = re.compile(rf"\\{_OPENER}")


@lru_cache(maxsize=64)
def _escapable(language: Language) -> re.Pattern[str]:
    return re.compile(rf"(\s*{re.escape(language.comment)}\s*)(\\*)(?={_OPENER})")


def may_hold_escapes(text: str) -> bool:
    """Return whether a text can hold a line that `escape` made."""
    return "\\" in text and _ESCAPED.search(text) is not None


def may_hold_markers(text: str) -> bool:
    """Return whether a text can hold a line that opens a cell, or that `escape` made."""
    if "%%" in text or "<codecell>" in text or "In[" in text or "COMMAND -" in text:
        return True
    return "\\" in text and ("\\`" in text or "\\~" in text)


def escape(line: str, language: Language) -> str:
    """Return a line that would open a cell, or that is escaped already, with one more escape."""
    found = _escapable(language).match(line)
    return line[: found.end(1)] + "\\" + line[found.end(1) :] if found else line


def unescape(line: str, language: Language) -> str:
    """Return a line that `escape` made as it was; any other line as it is."""
    return line if not is_escaped(line, language) else _unescape(line, language)


def is_escaped(line: str, language: Language) -> bool:
    """Return whether `escape` made a line, or could have."""
    found = _escapable(language).match(line)
    if not found or not found[2]:
        return False
    bare = line[found.end(2) :]
    if bare.startswith(("```", "~~~")):
        return True
    return grammar_of(language).opens_cell(line[: found.start(2)] + bare)


def _unescape(line: str, language: Language) -> str:
    found = _escapable(language).match(line)
    return line[: found.end(1)] + line[found.end(1) + 1 :] if found else line
