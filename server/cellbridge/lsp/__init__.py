"""The Language Server Protocol face: it only translates."""
