"""Puts work in: from a file of prompts to jobs that are due; every later room knows only those before it."""
