"""The capabilities that ``cellbridge dap`` announces, and the requests that it passes on.

Owns both tables. A capability is announced only if the requests for it work.
"""

from __future__ import annotations

from typing import Any

CAPABILITIES: dict[str, Any] = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsLogPoints": True,
    "supportsEvaluateForHovers": True,
    "supportsSetVariable": True,
    "supportsSetExpression": True,
    "supportsCompletionsRequest": True,
    "completionTriggerCharacters": ["."],
    "supportsModulesRequest": True,
    "supportsLoadedSourcesRequest": True,
    "supportsExceptionInfoRequest": True,
    "supportsGotoTargetsRequest": True,
    "supportsStepInTargetsRequest": True,
    "supportsBreakpointLocationsRequest": True,
    "supportsValueFormattingOptions": True,
    "supportsClipboardContext": True,
    "supportsDelayedStackTraceLoading": True,
    "supportsTerminateRequest": True,
    "supportTerminateDebuggee": True,
    "supportsCancelRequest": True,
    "exceptionBreakpointFilters": [
        {
            "filter": "userUnhandled",
            "label": "Exceptions that end a cell",
            "description": "Stop where an exception leaves your code.",
            "default": True,
        },
        {
            "filter": "raised",
            "label": "All exceptions",
            "description": "Stop where an exception is raised, even when code handles it.",
            "default": False,
        },
    ],
}

CONFIGURATION = frozenset(
    {
        "breakpointLocations",
        "setBreakpoints",
        "setExceptionBreakpoints",
        "setFunctionBreakpoints",
    }
)
"""Requests about breakpoints, which a client sends before ``configurationDone`` too."""

QUERIES = frozenset(
    {
        "completions",
        "evaluate",
        "exceptionInfo",
        "gotoTargets",
        "loadedSources",
        "modules",
        "scopes",
        "setExpression",
        "setVariable",
        "source",
        "stackTrace",
        "stepInTargets",
        "threads",
        "variables",
    }
)
"""Requests of views that show an error themselves."""

EVALUATIONS = frozenset({"completions", "evaluate", "setExpression", "setVariable", "variables"})
"""Requests that run code of the user in the kernel."""

CONTROL = frozenset({"continue", "goto", "next", "pause", "stepIn", "stepOut"})
"""Requests by which the user moves the code."""

FORWARDED = CONFIGURATION | QUERIES | CONTROL
"""Requests that the session's host carries out."""
