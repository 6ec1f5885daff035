"""What goes wrong, as an editor is told: the one place where exceptions become answers.

Owns the codes and the words. It must not decide what to do about a fault.
"""

from __future__ import annotations

import logging
from typing import Any

import cattrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from cellbridge.core.output.escapes import label
from cellbridge.core.resource_errors import shortage
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
            return lsp.ResponseError(
                lsp.ErrorCodes.InternalError, label(internal_error_message(error))
            )


def document_error_message(name: str, error: BaseException) -> str:
    """Log a fault in what is done for a document; return the sentence that tells of it."""
    if not name:
        return internal_error_message(error)
    logger.error("An unexpected fault in what is done for %s", name, exc_info=error)
    fault = f"{type(error).__name__}: {error}".rstrip(": ")
    return (
        f"Cellbridge met a fault of its own with {name.rpartition('/')[2]} ({fault}) and let go of "
        f"its session, which goes on; run a cell to join it again, and report this with "
        f"{log_path()}."
    )


def internal_error_message(error: BaseException) -> str:
    """Log a fault of our own and return the sentence that tells a person of it."""
    logger.error("An unexpected fault", exc_info=error)
    if want := shortage(error):
        return f"The server could not do this: {want}"
    name = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"cellbridge met a fault of its own ({name}); please report it with {log_path()}."


def invalid_params_message(method: Any, error: JsonRpcException) -> str:
    """Return the sentence on what is wrong with the params of a request."""
    cause = error.__cause__
    found = cattrs.transform_error(cause, path="params") if cause is not None else []
    reasons = [reason for reason in found if "params.params" in reason] or found
    what = "; ".join(reason.replace("params.params", "params") for reason in reasons[:3])
    return f"{method} cannot be read: {what or 'its params are not what the protocol says'}."
