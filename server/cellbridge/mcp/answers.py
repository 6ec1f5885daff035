"""The answer of a tool, and its errors, independent of the SDK that sends them.

Owns these types. It must not know the Model Context Protocol, or any tool.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """An image in an answer."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a tool.

    It is text alone, without structured content: several clients show a model only the structured
    part if there is one.
    """

    text: str
    images: tuple[Image, ...] = ()


class ToolError(Exception):
    """A tool cannot do what is requested; one sentence on what happened, and what to do next."""


class RefusedError(ToolError):
    """The user has not allowed it, or the agent has not read the present text."""


class Unanswered(Exception):  # noqa: N818 (not an error: the call is repeated with the answer)
    """The client has to ask the user a question, and to repeat the call with the answer."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(key)
        self.key = key
        self.message = message
