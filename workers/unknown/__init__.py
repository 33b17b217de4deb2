"""Finds out what became of paid calls whose reply nobody read (P10 to P15, P19, P31)."""
