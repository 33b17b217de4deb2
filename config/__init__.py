"""The environment, read once, by entry points only."""
