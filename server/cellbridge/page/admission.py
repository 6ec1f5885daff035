"""The admission of browsers: codes that work once, and the cookies that take their place.

Owns the codes, the cookies and their numbers. It must not know HTTP; times are parameters.

Invariant: neither a code nor a cookie is stored, only their digests. So nothing that shows the
memory of this process in part, such as a log of an error, admits a browser.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass

CODE_SECONDS = 120.0
"""Seconds in which a code can be used."""
CODE_LIMIT = 32
"""Codes that can be used at a time; beyond it, the oldest one is dropped."""
BROWSER_LIMIT = 64
"""Browsers that are admitted at a time; beyond it, the one that was used longest ago is dropped."""
_BYTES = 16
"""The random bytes of a code: 128 bits."""


@dataclass(frozen=True, slots=True)
class Target:
    """The first view of an address."""

    script: str = ""
    """The absolute path of a script; empty for the list of sessions."""
    cell: str = ""
    """The id of a cell in it."""


@dataclass(frozen=True, slots=True)
class _Code:
    target: Target
    expires: float


@dataclass(eq=False, slots=True)
class Browser:
    """An admitted browser."""

    target: Target
    """The target of its last code, until one of its tabs has shown it."""


class Admission:
    """The codes and the browsers of one page process."""

    def __init__(self) -> None:
        self._codes: OrderedDict[bytes, _Code] = OrderedDict()
        self._browsers: OrderedDict[bytes, Browser] = OrderedDict()

    def issue_code(self, target: Target, now: float) -> str:
        """Return a code that admits one browser; ``now`` is in seconds of a monotonic clock."""
        for digest in [key for key, code in self._codes.items() if code.expires <= now]:
            del self._codes[digest]
        while len(self._codes) >= CODE_LIMIT:
            self._codes.popitem(last=False)
        code = secrets.token_urlsafe(_BYTES)
        self._codes[_digest(code)] = _Code(target, now + CODE_SECONDS)
        return code

    def redeem(self, code: str, now: float, *, cookie: str = "") -> tuple[str, Target] | None:
        """Use up a code; return the browser's cookie and the code's target, or None.

        A browser with a valid ``cookie`` keeps it. None: the code is wrong, used or too old.
        """
        found = self._codes.pop(_digest(code), None)
        if found is None or found.expires <= now:
            return None
        if (browser := self.browser(cookie)) is not None:
            browser.target = found.target
            return cookie, found.target
        while len(self._browsers) >= BROWSER_LIMIT:
            self._browsers.popitem(last=False)
        cookie = secrets.token_urlsafe(2 * _BYTES)
        self._browsers[_digest(cookie)] = Browser(found.target)
        return cookie, found.target

    def browser(self, cookie: str) -> Browser | None:
        """Return the browser with this cookie, or None."""
        digest = _digest(cookie)
        if (found := self._browsers.get(digest)) is not None:
            self._browsers.move_to_end(digest)
        return found


def _digest(secret: str) -> bytes:
    # The lookup of a digest takes a time that depends on no part of the secret.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
