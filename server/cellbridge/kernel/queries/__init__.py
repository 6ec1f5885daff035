"""Requests to a kernel other than runs, and the reading of the replies.

Owns the requests of Cellbridge to the probe, and the order in which they are sent. May import
`channels`; must not know the processes.
"""
