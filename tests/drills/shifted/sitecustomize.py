"""Put on PYTHONPATH of a drilled process: moves its wall clock, or sends every message of it twice."""

from __future__ import annotations

import os
import time


def _shift_wall_clock(offset_s: float) -> None:
    real = time.time
    time.time = lambda: real() + offset_s


def _send_messages_twice() -> None:
    from copy import deepcopy
    from uuid import uuid4

    from kombu.transport.redis import Channel

    once = Channel._put

    def twice(channel, queue, message, **options):
        copy = deepcopy(message)
        copy["properties"]["delivery_tag"] = str(uuid4())
        once(channel, queue, message, **options)
        once(channel, queue, copy, **options)

    Channel._put = twice


if os.environ.get("DRILL_CLOCK_OFFSET_S"):
    _shift_wall_clock(float(os.environ["DRILL_CLOCK_OFFSET_S"]))
if os.environ.get("DRILL_MESSAGES_TWICE"):
    _send_messages_twice()
