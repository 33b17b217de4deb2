"""Runs checks all at once, and makes a line of those that break or hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from promptrelay.cli.checks.finding import Finding, fail

Check = Callable[[], list[Finding]]
_PATIENCE_S = 8.0


def run_checks(checks: Sequence[tuple[str, Check]], patience_s: float = _PATIENCE_S) -> list[Finding]:
    """All at once, so that the slowest decides; one that breaks or does not end is a line like any other."""
    found: dict[str, list[Finding]] = {}

    def run(name: str, check: Check) -> None:
        found[name] = _guarded(name, check)

    threads = [threading.Thread(target=run, args=one, daemon=True) for one in checks]
    for thread in threads:
        thread.start()
    give_up = time.monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, give_up - time.monotonic()))
    late = {name: [fail(name, "gave no answer in time", "see whether it hangs")] for name, _ in checks}
    return [finding for name, _ in checks for finding in found.get(name, late[name])]


def _guarded(name: str, check: Check) -> list[Finding]:
    try:
        return check()
    # A broken check is a finding; its message may hold an address with a password, so it is not shown.
    except Exception as error:  # noqa: BLE001
        return [fail(name, f"the check itself broke ({type(error).__name__})", "tell us what you did")]
