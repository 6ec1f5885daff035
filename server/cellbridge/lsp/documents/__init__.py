"""Documents that the server creates: complete outputs, and other text too long for a hover."""
