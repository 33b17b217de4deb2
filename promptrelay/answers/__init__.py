"""Answers at rest: segments, where they stand, and the stores that hold them."""
