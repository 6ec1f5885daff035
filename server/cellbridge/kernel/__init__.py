"""Kernels: launching them, their channels, and the probe inside them."""
