"""The HTTP headers that keep the page apart from other pages, and outputs from the network.

Owns their values. It must not decide who is admitted.
"""

from __future__ import annotations

from collections.abc import Sequence

COMMON = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every response. A handler may replace a value."""
KEEP = "private, max-age=31536000, immutable"
"""The caching of a file whose name changes with its content."""
CHECK = "private, no-cache"
"""The caching of other files: a browser asks before it uses its copy."""


def page_policy(script_sources: Sequence[str], host: str) -> str:
    """Return the policy of the page; ``host`` is the server's own, with its port.

    The frames of outputs inherit it, and narrow it further by a policy of their own. They need
    ``script_sources`` and 'unsafe-eval', because they run the scripts of outputs from text.
    """
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_sources, "'unsafe-eval'")),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src data: blob:",
            "font-src 'self' data:",
            # Not every browser counts a web socket as 'self'.
            f"connect-src 'self' ws://{host}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
