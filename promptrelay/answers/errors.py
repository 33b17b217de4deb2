"""What can go wrong with answers at rest, by what the caller should do about it."""

from __future__ import annotations


class AnswerError(Exception):
    """An answer cannot be stored or read."""


class StoreUnavailable(AnswerError):
    """The store did not take or give the object in time: nothing is settled, keep what you have and try
    again later."""


class StoreFull(StoreUnavailable):
    """The store has no room left: as unavailable, and an operator has to make room."""


class StoreRefused(StoreUnavailable):
    """The store refuses us (credentials, permissions or a missing bucket): as unavailable, and an operator
    has to correct the settings. It never means that an answer does not exist."""


class StoreMisconfigured(AnswerError):
    """The store cannot be opened with these settings: stop and say so."""


class KeyRefused(AnswerError):
    """The key is no plain relative path: a programming error, nothing was read or written."""


class EntryUnusable(AnswerError):
    """The provider's task object is not one JSON object and cannot become a line: nothing was written."""


class AnswerMissing(AnswerError):
    """The store answered, and there is no such object: fetch the answer again while the provider has it."""


class AnswerDamaged(AnswerError):
    """The object is not what was written: never use any of it, fetch the answer again and say so."""
