"""Outputs of runs: from kernel messages to outputs, and from outputs to text.

Owns what clients show of an output, and what is neutralised before they show it. May import `runs`
and the plain modules of the core; must not know cells.
"""
