"""The table of all tools.

Owns their order, which clients show. It must not know the SDK.
"""

from __future__ import annotations

from typing import Any

from cellbridge.mcp import (
    code_info,
    errors,
    output_pages,
    overview,
    read_cells,
    runs,
    sessions,
    variables,
)
from cellbridge.mcp.tool import Tool

_TOPICS = (overview, read_cells, runs, errors, output_pages, variables, code_info, sessions)
TOOLS: dict[str, Tool[Any]] = {tool.name: tool for topic in _TOPICS for tool in topic.TOOLS}
