"""The table of all tools.

Owns their order, which clients show. It must not know the SDK.
"""

from __future__ import annotations

from typing import Any

from cellbridge.mcp import overview, read_cells, runs, sessions
from cellbridge.mcp.tool import Tool

TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool for tool in (*overview.TOOLS, *read_cells.TOOLS, *runs.TOOLS, *sessions.TOOLS)
}
