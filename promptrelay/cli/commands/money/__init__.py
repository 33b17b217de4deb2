"""Commands that show the books."""
