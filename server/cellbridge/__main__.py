"""The entry point of ``python -m cellbridge``, the same as the ``cellbridge`` command."""

from cellbridge.cli.main import main

main()
