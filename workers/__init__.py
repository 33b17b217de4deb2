"""Takes work out: posts, polls, calls and settles."""
