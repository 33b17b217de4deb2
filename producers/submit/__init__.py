"""Writes a campaign's version, run and jobs, so that the same input is never paid for twice (P29)."""
