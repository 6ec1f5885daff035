"""What is asked of a kernel besides runs, and what the replies mean.

Owns the requests of Cellbridge to the probe, and the order in which they are sent. May import
`channels`; must not know the processes.
"""
