"""What a person does to cells and kernels, one file per kind of command."""
