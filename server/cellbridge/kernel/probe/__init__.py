"""Code of Cellbridge that runs inside ipykernel, in the user's Python.

Owns what is read from live objects, without running the user's code. These files import one
another only, by relative names, and must run on Python 3.9; queries/probe_installation.py sends
them to a kernel.
"""
