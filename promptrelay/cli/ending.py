"""How a person ends what runs in the foreground."""

from __future__ import annotations

import signal
import threading
from typing import Any


def drain_then_end() -> threading.Event:
    """An event that the first Ctrl-C or SIGTERM sets, to let calls in flight finish; the second ends at once.

    Then children notice that their parent is gone, and are ended within seconds. A hang-up sets it too, and
    never ends at once, because the shell and the kernel may both send one; under nohup it means nothing.
    """
    ending = threading.Event()
    asked = False

    def end(number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        asked = True
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: ending.set())
    return ending


def ends_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return ending
