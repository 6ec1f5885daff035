"""Generators of types and pages from the description of the protocol and the settings."""
