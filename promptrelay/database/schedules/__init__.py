"""Schedules, their times that have come, and the versions of their campaigns."""
