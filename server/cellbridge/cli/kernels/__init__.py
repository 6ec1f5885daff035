"""The command ``cellbridge kernels``: the available kernels, and a test of each."""
