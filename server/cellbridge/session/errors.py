"""What can go wrong between a client and its session, in one sentence for a person."""


class SessionError(Exception):
    """A session could not do what was asked; the text says why and what to do next."""


class SessionLostError(SessionError):
    """The host went away while it was needed."""


class SessionSilentError(SessionError):
    """The host exists and does not answer; the text says what became of the request."""


NOT_ANSWERING = (
    "The session of this notebook does not answer, because its process is stopped or the machine "
    "has no time for it; wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Said of a session that exists and does not answer."""
NOT_SENT = (
    "The session of this notebook does not answer, so nothing was sent to it; "
    "wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Said of a request that the host will never see."""
SENT = (
    "The session of this notebook does not answer, and will do what you asked for only when it "
    "goes on; wait, or choose Force Stop (cellbridge sessions stop --force)."
)
"""Said of a request that the host will read when it goes on."""
