"""Kernels and Python environments: which exist, and which one a script runs in.

Owns everything that is read from project files, environments and kernelspecs. May import `trust`
only; starts no kernel.
"""
