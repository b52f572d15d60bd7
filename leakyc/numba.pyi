# What it is for is what its import does.
__all__: list[str] = []
