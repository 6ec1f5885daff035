"""A real VS Code for the tests of the extension: its server, its windows, and their selectors.

Tests import from its modules. `vscode_program.py` next to this package installs VS Code; it runs
before the tests can.
"""
