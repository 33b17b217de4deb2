"""Commands that bring work in."""
