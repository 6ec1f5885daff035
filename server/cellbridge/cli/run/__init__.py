"""``cellbridge run``: a script's cells in a fresh kernel, with their output as it comes."""
