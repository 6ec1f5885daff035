"""Documents that the server makes: whole outputs, and what else is too long for a hover."""
