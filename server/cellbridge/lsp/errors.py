"""What goes wrong, as an editor is told: the one place where exceptions become answers.

Owns the codes and the words. It must not decide what to do about a fault.
"""

from __future__ import annotations

import logging

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.escapes import label
from cellbridge.lsp.log import log_path
from cellbridge.session.errors import SessionError

logger = logging.getLogger(__name__)


class ArgumentError(Exception):
    """A request or a command was given something it cannot use; the text is one sentence."""


class NotOpenError(SessionError):
    """The document asked about is not open here."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is not open in this editor; open it and try again.")


def response_error(error: BaseException) -> lsp.ResponseError:
    """Return the answer to a request that ended with ``error``; faults of our own are logged."""
    match error:
        case ArgumentError():
            return lsp.ResponseError(lsp.ErrorCodes.InvalidParams, label(str(error)))
        case SessionError():
            return lsp.ResponseError(lsp.LSPErrorCodes.RequestFailed, label(str(error)))
        case JsonRpcException():
            return error.to_response_error()
        case _:
            return lsp.ResponseError(lsp.ErrorCodes.InternalError, label(own_fault(error)))


def own_fault(error: BaseException) -> str:
    """Log a fault of our own and return the sentence that tells a person of it."""
    logger.error("An unexpected fault", exc_info=error)
    name = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"cellbridge met a fault of its own ({name}); please report it with {log_path()}."
