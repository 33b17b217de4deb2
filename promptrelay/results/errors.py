"""What can go wrong with results, by what the caller should do about it."""

from __future__ import annotations


class ResultsError(Exception):
    """The results cannot be written as asked."""


class ResultsUnwritable(ResultsError):
    """The output file cannot be written: nothing was changed, name another place."""


class ResultsMisplaced(ResultsUnwritable):
    """The output can be no file: name a place that can be."""
