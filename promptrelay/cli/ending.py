"""How a person ends what runs in the foreground."""

from __future__ import annotations

import signal
import threading
from typing import Any


def drain_then_end() -> threading.Event:
    """An event that the first Ctrl-C or SIGTERM sets, to let calls in flight finish; the second ends at once.

    Then children notice that their parent is gone, and are ended within seconds.
    """
    ending = threading.Event()

    def end(number: int, _frame: object) -> None:
        if ending.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ending


def ends_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return ending
