"""What can go wrong between a client and its session, in one sentence for a person."""


class SessionError(Exception):
    """A session could not do what was asked; the text says why and what to do next."""


class SessionLostError(SessionError):
    """The host went away while it was needed."""
