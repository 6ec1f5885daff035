"""The debugger's part of the probe, which the host sends at the first attach.

Owns the use of pydevd inside the kernel. These files import one another and the other files of the
probe only, by relative names, and must run on Python 3.9; queries/debugging.py sends them.
"""
