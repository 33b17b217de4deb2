"""Runs: making, pausing, capping, cancelling, retrying and purging them."""
