"""The sentence about exit codes in the help of every command. Owns its text."""

EXIT_CODES = (
    "Exit codes: 0 success · 1 a cell or the command failed · "
    "2 the arguments or the file are invalid · 130 interrupted with Ctrl-C · "
    "or that of a script that calls sys.exit()."
)
