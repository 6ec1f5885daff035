"""Checks of files, folders, sockets and processes that another user could have made.

Owns the rules of trust. May be imported by every other room; imports none of them.
"""
