"""What a process waits for now: noted where it is met, told by its heartbeat."""

from __future__ import annotations

import threading
import time

STORE, REDIS = "the object store", "Redis"
SAID_EVERY_S = 60.0
_MOST_CHARS = 200


class Waits:
    """Any thread notes what is waited for and why, and takes it back.

    A reason is one line without secrets: a server's own words, never an address with a password.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, str] = {}
        self.changed = threading.Event()
        """Set with every change, and cleared by whoever passes it on."""

    def note(self, what: str, why: str) -> bool:
        """Say that `what` ("the object store") is waited for, and why; False if it was known already."""
        reason = " ".join(why.split())[:_MOST_CHARS]
        with self._lock:
            is_news = self._reasons.get(what) != reason
            self._reasons[what] = reason
        if is_news:
            self.changed.set()
        return is_news

    def over(self, what: str) -> bool:
        """It is there again; False if nobody waited for it."""
        with self._lock:
            was_waited_for = self._reasons.pop(what, None) is not None
        if was_waited_for:
            self.changed.set()
        return was_waited_for

    def all(self) -> list[str]:
        """Each thing that is waited for, as `the object store: NoSuchBucket`."""
        with self._lock:
            return [f"{what}: {why}" for what, why in sorted(self._reasons.items())]


class Saying:
    """When the same thing is worth a line of the log: at first, when it has changed, and every minute."""

    def __init__(self) -> None:
        self._said = ""
        self._at = 0.0

    def is_due(self, what: str) -> bool:
        """Whether to say it now; asking counts as having said it."""
        moment = time.monotonic()
        if what == self._said and moment - self._at < SAID_EVERY_S:
            return False
        self._said, self._at = what, moment
        return True

    def ends(self) -> bool:
        """Whether anything had been said; then it is over, and the next thing is worth a line again."""
        had, self._said = bool(self._said), ""
        return had
