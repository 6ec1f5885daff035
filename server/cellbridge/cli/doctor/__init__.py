"""The command ``cellbridge doctor``: what keeps cells from running here, each with its remedy."""
