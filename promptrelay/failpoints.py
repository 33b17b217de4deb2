"""Named moments around paid calls and fires at which a drill kills, stops or fails its worker or dispatcher.

Imported only when a failpoint is set and PROMPTRELAY_TESTING is 1; otherwise passing a point does nothing.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

POINTS = (
    "standard.before_a",
    "standard.after_a",
    "standard.after_check",
    "standard.after_post",
    "standard.after_reply",
    "standard.before_b",
    "standard.after_b",
    "live.after_slot",
    "live.before_a",
    "live.after_a",
    "live.after_check",
    "live.after_post",
    "live.after_reply",
    "live.after_object",
    "live.after_b",
    "collect.after_list",
    "collect.after_get",
    "settle.before_segment",
    "settle.after_segment",
    "settle.after_commit",
)
SCHEDULE_POINTS = (
    "schedule.after_reading",
    "schedule.before_fire",
    "schedule.after_fire",
    "schedule.after_slice",
    "schedule.before_open",
    "schedule.after_open",
)
"""Those that dispatchers pass."""
EVERY = "*"
_ALL = (*POINTS, *SCHEDULE_POINTS)
_SYNTAX = re.compile(r"(?P<point>[\w.*]+):(?P<action>kill|stop|raise|log)(?:@(?P<nth>[1-9]\d*))?")


class FailpointHit(Exception):
    """A drill asked for this failure."""


class FailpointUnreadable(ValueError):
    """A failpoint is written `standard.after_reply:kill@3`: a point or *, then kill, stop, raise or log."""


@dataclass(slots=True)
class Failpoint:
    """One point, or every, with what happens at its nth passing; `log` happens at each."""

    point: str
    action: str
    nth: int = 1
    _passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_by(self, point: str) -> None:
        """Count this passing and act when it is the one."""
        if self.point not in (EVERY, point):
            return
        with self._lock:
            self._passed += 1
            due = self.action == "log" or self._passed == self.nth
        if due:
            log.warning("failpoint.hit", extra={"point": point, "action": self.action})
            _act(self.action, point)


def parse_failpoints(text: str) -> Callable[[str], None]:
    """What passes every point, from a comma-separated list of failpoints. Raises FailpointUnreadable."""
    failpoints = [_parse(part.strip()) for part in text.split(",")]

    def passes(point: str) -> None:
        for failpoint in failpoints:
            failpoint.pass_by(point)

    return passes


def _parse(text: str) -> Failpoint:
    found = _SYNTAX.fullmatch(text)
    if found is None or found["point"] not in (*_ALL, EVERY):
        known = FailpointUnreadable.__doc__
        raise FailpointUnreadable(f"{text!r} is no failpoint. {known} The points: {', '.join(_ALL)}")
    return Failpoint(found["point"], found["action"], int(found["nth"] or 1))


def _act(action: str, point: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "raise":
        raise FailpointHit(point)
