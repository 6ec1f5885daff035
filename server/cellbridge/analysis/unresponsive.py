"""Messages for a kernel that did not answer in time.

Owns their wording, which is the same in every answer.
"""

from __future__ import annotations

SENTENCE = (
    "The kernel did not answer in time: it may be inside one long call that lets nothing else run. "
    "This is from the text alone."
)


def append_to_markdown(markdown: str) -> str:
    """Return a description in Markdown with that sentence under it."""
    return f"{markdown}\n\n---\n\n*{SENTENCE}*" if markdown else f"*{SENTENCE}*"


def append_to_text(text: str) -> str:
    """Return a plain text with that sentence after it."""
    return f"{text}\n\n{SENTENCE}" if text else SENTENCE
