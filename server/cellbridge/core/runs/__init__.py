"""Runs of cells: their states, their queue, their limits, and the options of a kernel's start.

Owns the rules that a host follows. Imports no other room of the core.
"""
