"""Eyes on real processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from promptrelay.data_dir import DataDir
from promptrelay.stack.child import is_held


def eventually(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Polls until the condition holds; fails after the deadline."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)


def is_gone(data: DataDir) -> bool:
    """Whether no embedded Redis runs on this data directory, of this stack or an earlier one."""
    return not is_held(data.run / "redis.lock")


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie nobody waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
