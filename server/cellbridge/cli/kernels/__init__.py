"""The command ``cellbridge kernels``: what there is to run in, and whether it runs."""
