"""Reads prompts from files and lists, row by row; takes a path and a row shape, knows no campaign."""
