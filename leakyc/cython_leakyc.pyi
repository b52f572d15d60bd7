# The C functions, as capsules and addresses.
__all__ = ["address"]

def address(name: str) -> int: ...
