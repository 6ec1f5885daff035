"""Conversion between scripts and Jupyter notebooks, as plain values.

Owns the percent format in both directions and what a notebook stores of a script's style. May
import `document` and `output`; reads and writes no file.
"""
