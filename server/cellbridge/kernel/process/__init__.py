"""The process of a kernel: its command line, its start, its signals, its end, its record on disk.

Owns processes on this machine and those of provisioners. May import `channels`, `find` and
`trust`; must not know the meaning of messages.
"""
