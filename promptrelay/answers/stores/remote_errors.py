"""What an object store's refusal means for us, read from its status and code.

Messages name both and nothing else: the library's own text can hold signed addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from promptrelay.answers.errors import (
    AnswerDamaged,
    AnswerError,
    AnswerMissing,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_NO_ROOM = frozenset({"507", "QuotaExceeded", "XMinioStorageFull"})
_NO_RANGE = frozenset({"416", "InvalidRange"})
_NO_BUCKET = frozenset({"NoSuchBucket", "InvalidBucketName", "ContainerNotFound", "ContainerBeingDeleted"})
_NO_CONDITIONS = frozenset({"501", "NotImplemented"})
_REFUSED = frozenset({"400", "401", "403"})


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the library raises into what the caller should do."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise _policy(error) from None


def _policy(error: BaseError | OSError) -> AnswerError:
    facts, what = _facts(str(error)), told_by(error)
    if _NO_ROOM.intersection(facts):
        return StoreFull(what)
    if _NO_BUCKET.intersection(facts):
        return StoreRefused(what)
    if isinstance(error, FileNotFoundError):
        return AnswerMissing(what)
    if _NO_RANGE.intersection(facts):
        return AnswerDamaged(what)
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) or _REFUSED.intersection(facts):
        return StoreRefused(what)
    return StoreUnavailable(what)


def knows_no_conditions(error: BaseError) -> bool:
    """Whether the store refuses to write only if there is nothing yet."""
    return not _NO_CONDITIONS.isdisjoint(_facts(str(error)))


def told_by(error: BaseError | OSError) -> str:
    """The store's status and code, or else the kind of the error."""
    return f"object store: {' '.join(_facts(str(error))) or type(error).__name__}"


def _facts(text: str) -> list[str]:
    """The last HTTP status and the store's own code, as far as the text has them."""
    return _STATUS.findall(text)[-1:] + _CODE.findall(text)[-1:]
