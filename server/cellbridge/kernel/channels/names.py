"""Names of the channels of a kernel, as connection files have them.

Imports nothing: a host starts a kernel before it imports anything slow.
"""

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
PROBE = "line"
"""The Unix socket of the probe (probe_socket.py), of which the kernel only learns from the probe.
In the connection file it is a sixth port: whoever removes a kernel's sockets need not know it."""
