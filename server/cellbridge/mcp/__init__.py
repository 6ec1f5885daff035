"""The MCP server: agents as clients of sessions.

It only translates between the Model Context Protocol and the workspace. Loaded by ``cellbridge
mcp`` alone, because it needs the optional SDK.
"""
