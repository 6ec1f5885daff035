"""Runs inside ipykernel: pages, summaries and exports of tables.

Owns the readers of each library's tables. These files import one another and the files of `probe`
only, by relative names, and must run on Python 3.9.
"""
