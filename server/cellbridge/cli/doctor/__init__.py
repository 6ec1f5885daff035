"""The command ``cellbridge doctor``: problems of the installation, each with its remedy."""
