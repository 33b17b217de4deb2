"""Evidence that SQL does not take waits in the object store, so that it outlives the worker (P31)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from promptrelay.answers.errors import AnswerError, AnswerMissing
from promptrelay.answers.layout import inbox_folder, inbox_key
from promptrelay.answers.store import AnswerStore
from promptrelay.database.segments.segments import StoredSegment
from promptrelay.domain import evidence as ev

log = logging.getLogger(__name__)

_KINDS: dict[str, type[ev.Evidence]] = {
    kind.__name__: kind
    for kind in (ev.Accepted, ev.Answered, ev.Failed, ev.Refused, ev.NotSent, ev.OutcomeUnknown)
}
"""What calls have told us. Decisions of our own are taken again."""

_FORMER_NAMES = {"look_at": "look_in_s", "retry_at": "retry_in_s"}


class _Kept(msgspec.Struct):
    evidence: list[tuple[str, msgspec.Raw]]
    segments: list[StoredSegment]


@dataclass(frozen=True, slots=True)
class InboxItem:
    """What a worker could not hand over."""

    key: str
    evidence: list[ev.Evidence]
    segments: list[StoredSegment]


class Inbox:
    """What workers of a provider account have left behind."""

    def __init__(self, store: AnswerStore, account: str) -> None:
        self._store = store
        self._account = account

    def put(self, evidence: Sequence[ev.Evidence], segments: Sequence[StoredSegment]) -> str | None:
        """Keep what calls have told us and return its key; None if there is nothing or no room for it."""
        told = [item for item in evidence if type(item).__name__ in _KINDS]
        if not told:
            return None
        kept = [(type(item).__name__, msgspec.Raw(msgspec.json.encode(item))) for item in told]
        body = msgspec.json.encode(_Kept(kept, list(segments)))
        key = inbox_key(self._account, hashlib.sha256(body).hexdigest())
        try:
            self._store.put_new(key, body)
        except AnswerError as error:
            log.error("inbox.unavailable", extra={"kind": type(error).__name__})
            return None
        log.warning("inbox.kept", extra={"key": key, "evidence": len(told)})
        return key

    def waiting(self) -> Iterator[InboxItem]:
        """What is left over, each read whole; what is not ours stays and is said. Raises AnswerError."""
        for item in list(self._store.list(inbox_folder(self._account))):
            try:
                body = self._store.get(item.key)
            except AnswerMissing:
                continue  # Whoever left it has handed it over meanwhile.
            try:
                kept = msgspec.json.decode(body, type=_Kept)
                evidence = [_evidence(kind, text) for kind, text in kept.evidence]
            except (msgspec.MsgspecError, KeyError) as error:
                log.error("inbox.damaged", extra={"key": item.key, "kind": type(error).__name__})
                continue
            yield InboxItem(item.key, evidence, kept.segments)

    def remove(self, key: str) -> None:
        """Forget what SQL has taken; one that stays is read once more, which changes nothing."""
        try:
            self._store.delete(key)
        except AnswerError as error:
            log.warning("inbox.unavailable", extra={"kind": type(error).__name__})


def _evidence(kind: str, text: msgspec.Raw) -> ev.Evidence:
    """The evidence as it was put in, also by a version that kept moments instead of durations.

    Those moments were a worker's own (P27), and have passed by now: what was to wait for them waits no more.
    """
    fields = msgspec.json.decode(text, type=dict[str, Any])
    for former, name in _FORMER_NAMES.items():
        if fields.get(former) is not None:
            fields.setdefault(name, 0.0)
    return msgspec.convert(fields, type=_KINDS[kind])
