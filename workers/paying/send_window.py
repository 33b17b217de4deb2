"""The check between an open connection and the first byte of a paid call (P2, P26)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promptrelay.database.attempts.permission import still_permitted
from promptrelay.database.errors import AWAY
from promptrelay.dataforseo.errors import ProviderError, SendRefused
from promptrelay.dataforseo.limits.rate_allowance import Permit, Share
from promptrelay.domain.clock import BootTime
from workers.post_numbers import use
from workers.rooms import Rooms

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SendWindow:
    """Refuses a call that comes too late or is no longer wanted; raises SendRefused."""

    rooms: Rooms
    share: Share
    opened: BootTime
    permit: Permit
    attempt_ids: Sequence[str]
    post_number: int
    may_start: Callable[[], bool] = lambda: True
    _is_numbered: bool = False

    def check(self) -> None:
        """Pass only inside the window, with a fresh permit, attempts `sending` and runs running.

        Raises SendRefused and AllowanceUnavailable, and nothing else: whatever fails here, nothing was sent.
        """
        try:
            self._check()
        except ProviderError:
            raise
        except AWAY as error:
            log.error("database.unreachable", extra={"kind": type(error).__name__})
            raise SendRefused(reason="the database is away") from None
        # Nobody foresaw it, yet no byte has left: its attempts must not look as if one had.
        except Exception as error:
            log.exception("check.failed")
            raise SendRefused(reason=f"the check failed: {type(error).__name__}") from None

    def _check(self) -> None:
        while True:
            if self.rooms.ending.is_set():
                raise SendRefused(reason="this worker is ending")
            if self._left_s() <= 0 or not self.may_start():
                raise SendRefused(reason="the send window is over")
            with self.rooms.database.read() as connection:
                wanted = still_permitted(connection, self.attempt_ids)
            if not wanted:
                raise SendRefused(reason="it is no longer wanted")
            self._use_number()
            if self.permit.is_fresh() and self._left_s() > 0 and self.may_start():
                self.rooms.passes(f"{self._way}.after_check")
                return
            self._take_another()

    def _use_number(self) -> None:
        """P30: the number must be new to everybody who remembers; then this call has it."""
        if not self._is_numbered:
            use(self.rooms, self.post_number)
            self._is_numbered = True

    def sent(self) -> None:
        """The request has been written, its reply not read."""
        self.rooms.passes(f"{self._way}.after_post")

    @property
    def _way(self) -> str:
        return "live" if self.share is Share.LIVE else "standard"

    def _take_another(self) -> None:
        permit = self.rooms.allowance.take(self.share, wait_s=max(0.0, self._left_s()))
        if permit is None:
            raise SendRefused(reason="the rate allowance comes after the send window")
        self.permit = permit

    def _left_s(self) -> float:
        age_s = self.rooms.clock.boottime() - self.opened.boot_s
        return self.rooms.pace.send_window_s - age_s
