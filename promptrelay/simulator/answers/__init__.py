"""Answers in each platform's shape."""
