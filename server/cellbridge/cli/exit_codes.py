"""The exit codes as every command's help tells them. Owns the sentence."""

EXIT_CODES = (
    "Exit codes: 0 all went well · 1 a cell failed or it could not be done · "
    "2 the arguments or the file make no sense · 130 ended by Ctrl-C."
)
