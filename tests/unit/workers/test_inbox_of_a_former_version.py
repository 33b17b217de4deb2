"""Evidence that a former version left in the inbox, with moments instead of durations, is still read (P7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from promptrelay.answers.layout import inbox_folder
from promptrelay.answers.stores.local import LocalStore
from promptrelay.domain.evidence import Accepted, Evidence, Failed, NotSent, OutcomeUnknown, Refused
from promptrelay.domain.money import Usd
from promptrelay.domain.states import Reason
from workers.inbox import Inbox

ACCOUNT = "main"
THEN = 1_790_000_000.0
FORMER: list[tuple[str, dict[str, Any], Evidence]] = [
    (
        "Accepted",
        {"provider_id": "p", "cost": {"nanos": 7}, "look_at": THEN},
        Accepted(attempt_id="a", provider_id="p", cost=Usd(7), look_in_s=0.0),
    ),
    (
        "Accepted",
        {"provider_id": "p", "cost": None, "look_at": None},
        Accepted(attempt_id="a", provider_id="p"),
    ),
    (
        "Failed",
        {"provider_id": "p", "status_code": 40103, "retry_at": THEN, "expired": True, "may_retry": True},
        Failed(attempt_id="a", provider_id="p", status_code=40103, retry_in_s=0.0, expired=True),
    ),
    (
        "Refused",
        {"status_code": 40202, "cost": {"nanos": 0}, "retry_at": THEN, "reason": "failed"},
        Refused(attempt_id="a", status_code=40202, retry_in_s=0.0),
    ),
    (
        "Refused",
        {"status_code": 40501, "cost": {"nanos": 0}, "retry_at": None, "reason": "refused"},
        Refused(attempt_id="a", status_code=40501, reason=Reason.REFUSED),
    ),
    ("NotSent", {"retry_at": THEN}, NotSent(attempt_id="a", retry_in_s=0.0)),
]


@pytest.mark.parametrize(("kind", "fields", "wanted"), FORMER)
def test_what_a_former_version_kept_is_read_as_what_it_meant(
    tmp_path: Path, kind: str, fields: dict[str, Any], wanted: Evidence
) -> None:
    store = LocalStore(tmp_path)
    body = msgspec.json.encode({"evidence": [[kind, {"attempt_id": "a", **fields}]], "segments": []})
    store.put_new(f"{inbox_folder(ACCOUNT)}old.json", body)
    (item,) = Inbox(store, ACCOUNT).waiting()
    assert item.evidence == [wanted]


def test_what_this_version_keeps_is_read_with_its_waits(tmp_path: Path) -> None:
    told = [
        Accepted(attempt_id="a", provider_id="p", look_in_s=60.0),
        Failed(attempt_id="b", provider_id="q", status_code=40101, retry_in_s=2.0),
        Refused(attempt_id="c", status_code=40205, retry_in_s=3600.0),
        NotSent(attempt_id="d", retry_in_s=1.0),
        OutcomeUnknown(attempt_id="e"),
    ]
    inbox = Inbox(LocalStore(tmp_path), ACCOUNT)
    inbox.put(told, [])
    (item,) = inbox.waiting()
    assert item.evidence == told


def test_evidence_that_is_no_object_is_left_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = LocalStore(tmp_path)
    store.put_new(f"{inbox_folder(ACCOUNT)}odd.json", b'{"evidence": [["NotSent", [1]]], "segments": []}')
    assert list(Inbox(store, ACCOUNT).waiting()) == []
    assert "inbox.damaged" in caplog.text
