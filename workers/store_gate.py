"""Stops sending while answers cannot be kept: what is paid for needs a place (P17, P19)."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from promptrelay.answers.errors import AnswerError, StoreUnavailable
from promptrelay.answers.layout import segment_key
from promptrelay.answers.store import AnswerStore
from promptrelay.answers.trial import what_is_wrong
from promptrelay.domain.clock import Clock
from promptrelay.domain.waits import STORE, Waits

log = logging.getLogger(__name__)

_PROBE_EVERY_S = 5.0
_KNOWN = re.compile(r"^object store: (\d{3} (?=\w))?")
_PROBE = b"\0" * 1_000_000
"""About as long as a segment: a disk with room for less is full."""


class StoreGate:
    """Of one process: shut by a store that did not take an answer, opened when it passes a trial."""

    def __init__(self, store: AnswerStore, account: str, clock: Clock, waits: Waits | None = None) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._waits = waits or Waits()
        self._lock = threading.Lock()
        self._shut = False
        self._probe_at = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Shuts the gate if the block meets an unavailable store, and passes that on."""
        try:
            yield
        except StoreUnavailable as error:
            with self._lock:
                self._shut_for(str(error))
            raise

    def is_open(self) -> bool:
        """Whether answers can be kept; a shut gate tries the store now and then."""
        if not self._shut:
            return True
        with self._lock:
            if self._shut and self._clock.boottime() >= self._probe_at:
                self._try()
            return not self._shut

    def try_now(self) -> bool:
        """Whether the store passes a trial now: asked before anything is paid for (P17)."""
        with self._lock:
            self._try()
            return not self._shut

    def _try(self) -> None:
        self._probe_at = self._clock.boottime() + _PROBE_EVERY_S
        # Under segments, so that one left by a killed process is tidied away like any other.
        key = segment_key(self._account, "trial", "trial", uuid4().hex)
        try:
            wrong = what_is_wrong(self._store, key, _PROBE)
        except AnswerError as error:
            wrong = str(error)
        if wrong is not None:
            self._shut_for(wrong)
        elif self._shut:
            self._shut = False
            self._waits.over(STORE)
            log.warning("sending.goes_on", extra={"why": "the store takes answers again"})

    def _shut_for(self, why: str) -> None:
        self._waits.note(STORE, in_short(why))
        if not self._shut:
            log.error("sending.stopped", extra={"why": f"answers cannot be kept: {why}"})
        self._shut = True


def in_short(why: str) -> str:
    """`NoSuchBucket` of `object store: 404 NoSuchBucket`: the rest is said around it."""
    return _KNOWN.sub("", why)
