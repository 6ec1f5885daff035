"""Names of a kernel's channels, as in connection files.

Imports nothing: a host starts a kernel before it imports anything slow.
"""

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
PROBE = "line"
"""The Unix socket of the probe (probe_socket.py), which only the probe uses. In the connection file
it is a sixth port, so that it is removed with a kernel's other sockets."""
