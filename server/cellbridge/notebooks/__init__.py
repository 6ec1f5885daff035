"""Notebooks and scripts as files: reading, writing, converting and keeping pairs in step."""
