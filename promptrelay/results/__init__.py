"""Joins rows, answers at rest and money into what users read."""
