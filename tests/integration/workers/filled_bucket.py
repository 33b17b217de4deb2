"""A rate allowance as after a minute in which nobody called.

A new Redis starts it empty, and every first call would wait two seconds for that (P26). How it goes is tried
with the limits, and needs no waiting anywhere else.
"""

from __future__ import annotations

import redis


def fill_bucket(client: redis.Redis, account: str) -> None:
    """The next call of this account starts at once, with a full burst."""
    run_id = client.info("server")["run_id"]
    client.hset(f"promptrelay:{account}:calls", mapping={"run": run_id, "tat": 1})
