"""Error answers to the editor: the only place where exceptions become answers.

Owns the error codes and messages. It must not decide how to handle an error.
"""

from __future__ import annotations

import logging
from typing import Any

import cattrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.output.escapes import label
from cellbridge.core.resource_errors import shortage
from cellbridge.session.errors import SessionError
from cellbridge.session.log_file import log_path

logger = logging.getLogger(__name__)


class ArgumentError(Exception):
    """A request or a command has an invalid argument; the message is one sentence."""


class NotOpenError(SessionError):
    """The requested document is not open here."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is not open in this editor; open it and try again.")


def response_error(error: BaseException) -> lsp.ResponseError:
    """Return the answer to a request that ended with ``error``; internal errors are logged."""
    match error:
        case ArgumentError():
            return lsp.ResponseError(lsp.ErrorCodes.InvalidParams, label(str(error)))
        case SessionError():
            return lsp.ResponseError(lsp.LSPErrorCodes.RequestFailed, label(str(error)))
        case JsonRpcException():
            return error.to_response_error()
        case _:
            return lsp.ResponseError(
                lsp.ErrorCodes.InternalError, label(internal_error_message(error))
            )


def document_error_message(name: str, error: BaseException) -> str:
    """Log an error in background work for a document, and return the message for the user."""
    if not name:
        return internal_error_message(error)
    logger.error("Internal error in background work for %s", name, exc_info=error)
    fault = f"{type(error).__name__}: {error}".rstrip(": ")
    return (
        f"Cellbridge had an internal error with {name.rpartition('/')[2]} ({fault}) and "
        f"disconnected from its session, which keeps running. Run a cell to connect again, and "
        f"report this with {log_path('lsp')}."
    )


def internal_error_message(error: BaseException) -> str:
    """Log an internal error, and return the message for the user."""
    logger.error("Internal error", exc_info=error)
    if want := shortage(error):
        return f"The server could not do this: {want}"
    name = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"Cellbridge had an internal error ({name}); please report it with {log_path('lsp')}."


def invalid_params_message(method: Any, error: JsonRpcException) -> str:
    """Return a sentence that describes the invalid params of a request."""
    cause = error.__cause__
    found = cattrs.transform_error(cause, path="params") if cause is not None else []
    reasons = [reason for reason in found if "params.params" in reason] or found
    what = "; ".join(reason.replace("params.params", "params") for reason in reasons[:3])
    return f"{method} cannot be read: {what or 'its params do not match the protocol'}."
