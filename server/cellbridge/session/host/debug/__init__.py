"""The debugger of a session: breakpoints, stops, and the connection to pydevd in the kernel."""
