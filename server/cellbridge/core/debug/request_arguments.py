"""The arguments of the requests of the Debug Adapter Protocol, checked before they are passed on.

Owns their shapes. It must not know how a request is carried out.

pydevd trusts its client: an argument of another type ends its connection, and its traceback becomes
output of the running cell. So only known arguments of the right types reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Text = Annotated[str, msgspec.Meta(max_length=1_000_000)]


class InvalidArgumentsError(ValueError):
    """The arguments do not have the shape that the protocol requires; the text is a sentence."""


class _Arguments(msgspec.Struct, rename="camel", omit_defaults=True):
    """Arguments; those that are not listed are dropped."""


class _Source(_Arguments):
    path: Text | None = None
    name: Text | None = None
    source_reference: Number | None = None


class _Format(_Arguments):
    hex: bool | None = None


class _Breakpoint(_Arguments):
    line: Number
    column: Number | None = None
    condition: Text | None = None
    hit_condition: Text | None = None
    log_message: Text | None = None


class _FunctionBreakpoint(_Arguments):
    name: Text
    condition: Text | None = None
    hit_condition: Text | None = None


class _FilterOption(_Arguments):
    filter_id: Text


class _SetBreakpoints(_Arguments):
    source: _Source
    breakpoints: list[_Breakpoint] | None = None


class _SetFunctionBreakpoints(_Arguments):
    breakpoints: list[_FunctionBreakpoint]


class _SetExceptionBreakpoints(_Arguments):
    filters: list[Text]
    filter_options: list[_FilterOption] | None = None


class _Location(_Arguments):
    source: _Source
    line: Number
    end_line: Number | None = None


class _Thread(_Arguments):
    thread_id: Number
    single_thread: bool | None = None
    target_id: Number | None = None
    start_frame: Number | None = None
    levels: Number | None = None


class _Continue(_Arguments):
    thread_id: Number | None = None
    single_thread: bool | None = None


class _Goto(_Arguments):
    thread_id: Number
    target_id: Number


class _Frame(_Arguments):
    frame_id: Number


class _Variables(_Arguments):
    variables_reference: Number
    filter: Text | None = None
    start: Number | None = None
    count: Number | None = None
    format: _Format | None = None


class _SetVariable(_Arguments):
    variables_reference: Number
    name: Text
    value: Text
    format: _Format | None = None


class _Expression(_Arguments):
    expression: Text
    frame_id: Number | None = None
    context: Text | None = None
    value: Text | None = None
    format: _Format | None = None


class _Completions(_Arguments):
    text: Text
    column: Number
    line: Number | None = None
    frame_id: Number | None = None


class _Modules(_Arguments):
    start_module: Number | None = None
    module_count: Number | None = None


class _SourceText(_Arguments):
    source_reference: Number | None = None
    source: _Source | None = None


_SHAPES: dict[str, type[_Arguments]] = {
    "setBreakpoints": _SetBreakpoints,
    "setFunctionBreakpoints": _SetFunctionBreakpoints,
    "setExceptionBreakpoints": _SetExceptionBreakpoints,
    "breakpointLocations": _Location,
    "gotoTargets": _Location,
    "goto": _Goto,
    "continue": _Continue,
    **dict.fromkeys(("next", "stepIn", "stepOut", "pause"), _Thread),
    **dict.fromkeys(("stackTrace", "exceptionInfo"), _Thread),
    **dict.fromkeys(("scopes", "stepInTargets"), _Frame),
    "variables": _Variables,
    "setVariable": _SetVariable,
    "evaluate": _Expression,
    "setExpression": _Expression,
    "completions": _Completions,
    "modules": _Modules,
    "source": _SourceText,
}


def checked_arguments(command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known arguments of a request, without those that are null.

    Raises:
        InvalidArgumentsError: one is missing, or has another type.
    """
    shape = _SHAPES.get(command, _Arguments)
    try:
        found = msgspec.convert(dict(arguments), shape)
    except msgspec.ValidationError as error:
        raise InvalidArgumentsError(
            f"The debug client sent an invalid request {command[:40]}: {error}"
        ) from error
    return msgspec.to_builtins(found)
