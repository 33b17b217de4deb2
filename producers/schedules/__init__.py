"""Runs campaigns again and again: when, what of a missed time, under which monthly cap."""
