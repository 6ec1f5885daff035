"""Errors between a client and its session, each with one sentence for the user."""


class SessionError(Exception):
    """A session could not carry out a request; the text states the reason and what to do next."""


class SessionLostError(SessionError):
    """The host ended while it was needed."""


class SessionRefusedError(SessionError):
    """The host does not admit this client, or no longer."""


class SessionSilentError(SessionError):
    """The host exists and does not answer; the text states whether the request was sent."""


NOT_ANSWERING = (
    "The session of this notebook does not answer, because its process is stopped or the machine "
    "has no time for it; wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Message for a session that exists and does not answer."""
NOT_SENT = (
    "The session of this notebook does not answer, so nothing was sent to it; "
    "wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Message for a request that the host will never receive."""
SENT = (
    "The session of this notebook does not answer, and will carry out your request only when it "
    "continues; wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Message for a request that the host will read when it continues."""
