"""The percent format, as jupytext defines it: cells of a notebook as text, and back."""
