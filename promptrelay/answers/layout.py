"""The keys under which answers rest.

segments/<account>/<run>/<platform>/<sha256>.jsonl.zst   settled answers
live/<account>/<attempt>.jsonl.zst                       a Live answer, written alone at once (P19)
inbox/<account>/<name>.json                              a reply whose commit nobody confirmed yet (P31)
unread/<account>/<attempt>.<what>                        what came for a paid call and could not be read (P8)
posts/<account>/<deployment>/<number>                    how many paid calls were made at least (P30)
manifests/<account>/<run>/<written at>-<sha256>.json     which segments and lines are a run's answers (P18)
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9_-]")
_SUFFIX = ".jsonl.zst"


def segment_key(account: str, run_id: str, platform: str, sha256: str) -> str:
    """Where a segment rests; `sha256` is that of its text before compression."""
    return f"{run_segments(account, run_id)}{_name(platform)}/{sha256}{_SUFFIX}"


def run_segments(account: str, run_id: str) -> str:
    """The folder of a run's segments. For counting and tidying only: readers follow the manifest."""
    return f"{account_segments(account)}{_name(run_id)}/"


def account_segments(account: str) -> str:
    """The folder of all segments of a provider account."""
    return f"segments/{_name(account)}/"


def live_key(account: str, attempt_id: str) -> str:
    """Where a Live answer is written alone, before anything else (P19)."""
    return f"{live_folder(account)}{_name(attempt_id)}{_SUFFIX}"


def live_folder(account: str) -> str:
    """The folder of Live answers that stand alone."""
    return f"live/{_name(account)}/"


def inbox_key(account: str, name: str) -> str:
    """Where a reply waits while SQL does not confirm its commit (P31)."""
    return f"{inbox_folder(account)}{_name(name)}.json"


def inbox_folder(account: str) -> str:
    """The folder of replies that `recover` has still to read (P31)."""
    return f"inbox/{_name(account)}/"


def unread_key(account: str, attempt_id: str, what: str) -> str:
    """Where something waits for a person that came for a paid call, by the call's first attempt (P8)."""
    return f"{unread_folder(account)}{_name(attempt_id)}.{_name(what)}"


def unread_folder(account: str) -> str:
    """The folder of what came for paid calls and could not be read."""
    return f"unread/{_name(account)}/"


def post_number_key(account: str, deployment: str, number: int) -> str:
    """Where it is marked that a paid call of that number was made (P30)."""
    return f"{post_numbers(account, deployment)}{number:020d}"


def post_numbers(account: str, deployment: str) -> str:
    """The folder of a deployment's marks; the last one counts."""
    return f"posts/{_name(account)}/{_name(deployment)}/"


def manifest_key(account: str, run_id: str, written_at: float, body: bytes) -> str:
    """Where a manifest rests; keys of one run sort by the time they were written."""
    when = datetime.fromtimestamp(written_at, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return f"{run_manifests(account, run_id)}{when}-{hashlib.sha256(body).hexdigest()[:16]}.json"


def run_manifests(account: str, run_id: str) -> str:
    """The folder of a run's manifests; the last one counts."""
    return f"manifests/{_name(account)}/{_name(run_id)}/"


def _name(text: str) -> str:
    """The text as one plain name: other bytes than letters, digits, `_` and `-` become `=XX`."""
    if not text:
        raise ValueError("a name in a key is empty")
    return _NOT_PLAIN.sub(lambda found: b"=%02X" % found[0][0], text.encode()).decode()
