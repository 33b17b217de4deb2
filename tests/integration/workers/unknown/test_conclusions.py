"""What a search may conclude from what the list does not show, or shows unfinished (P14, P19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from promptrelay.database.schema import attempts
from promptrelay.dataforseo.wire.rows import IdPage, IdRow
from promptrelay.domain.evidence import Accepted
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState
from promptrelay.domain.tag import Tag
from tests.integration.database.books import record
from tests.integration.workers.unknown.scene import LONG_AGO_S, TERMS, Scene
from workers.unknown.listed_tasks import read_tasks

A = AttemptState
AT_ONCE = dict.fromkeys(("send_window_s", "live_deadline_s", "provider_slack_s", "id_list_lag_s"), 0.0)


def test_a_witness_speaks_only_for_what_was_bound_to_be_listed_before_it_began(scene: Scene) -> None:
    """Between the bounds of two sendings it proves the absence of the earlier one alone."""
    bound_s = TERMS.send_window_s + TERMS.absent_after_s(Method.STANDARD)
    early = scene.attempt(age_s=LONG_AGO_S)
    late = scene.attempt(age_s=bound_s + 0.5)
    witness = scene.attempt(age_s=1.0, known=True)
    assert scene.post(scene.tag(witness)) is not None
    scene.sweep()  # It finds the witness, which counts for what is read after that.
    for _ in range(3):
        scene.sweep()
    assert scene.row(witness)["state"] == A.SENT
    assert (scene.row(early)["state"], scene.row(late)["state"]) == (A.ABSENT, A.UNKNOWN)
    assert scene.row(late)["searches"] == 0


def test_a_live_call_that_is_listed_as_running_is_not_lost(scene: Scene) -> None:
    """Its row will say what it costs when it is done; and its worker may still get its answer."""
    scene.change(live_latency_s=1e7, live_latency_max_s=1e7)
    attempt = scene.attempt(age_s=1, method=Method.LIVE)
    assert scene.ask(scene.tag(attempt)) is None
    scene.change(live_latency_s=1, live_latency_max_s=60)
    for _ in range(2):
        swept = scene.sweep(**AT_ONCE)
        assert (swept.searched, swept.lost, swept.trouble) == (1, 0, None)
    assert scene.row(attempt)["state"] == A.UNKNOWN
    scene.change(live_in_id_list="off")
    scene.sweep(**AT_ONCE)
    assert scene.row(attempt)["state"] == A.LOST, "it is not listed any more"


def change(scene: Scene, attempt: str, **values: object) -> None:
    with scene.database.write() as connection:
        connection.execute(sa.update(attempts).where(attempts.c.id == attempt).values(**values))


def accepted_witness(scene: Scene) -> str:
    """One whose acceptance we read, and no search has seen yet."""
    witness = scene.attempt(age_s=1.0, known=True)
    reply = scene.post(scene.tag(witness))
    assert reply is not None
    record(
        scene.database,
        Accepted(attempt_id=witness, provider_id=reply.entries[0].provider_id, cost=Usd.of("0.0102")),
    )
    return witness


def test_a_witness_that_is_not_listed_yet_proves_nothing(scene: Scene) -> None:
    """That the provider took it is known from its reply; what counts is that the list has come so far."""
    scene.change(id_list_lag_s=3_600_000)
    attempt = scene.attempt(age_s=LONG_AGO_S)
    accepted_witness(scene)
    for _ in range(3):
        assert scene.sweep().not_found == 0
    scene.change(id_list_lag_s=0)
    for _ in range(3):
        scene.sweep()
    assert scene.row(attempt)["state"] == A.ABSENT


def test_a_wall_clock_that_was_put_forward_makes_nothing_absent(scene: Scene) -> None:
    """The machine says that it was sent a moment ago; its wall clock says minutes (P27)."""
    attempt, other = scene.attempt(age_s=LONG_AGO_S), scene.attempt(age_s=LONG_AGO_S)
    change(scene, attempt, boot_id=scene.clock.boot_id(), boot_s=scene.clock.boottime())
    accepted_witness(scene)
    for _ in range(3):
        scene.sweep()
    assert (scene.row(attempt)["state"], scene.row(other)["state"]) == (A.UNKNOWN, A.ABSENT)
    assert scene.row(attempt)["searches"] == 0
    scene.clock.at += TERMS.send_window_s + TERMS.absent_after_s(Method.STANDARD)
    for _ in range(3):
        scene.sweep()
    assert scene.row(attempt)["state"] == A.ABSENT


def test_a_row_of_ours_without_an_id_is_no_absence(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be fetched, and it was paid for all the same: it is not asked again."""
    attempt = scene.attempt(age_s=LONG_AGO_S)
    list_ids = scene.client.list_ids

    def without_ids(since: float, until: float, *, offset: int = 0) -> IdPage:
        page = list_ids(since, until, offset=offset)
        rows = [replace(row, provider_id=None) if row.tag == scene.tag(attempt) else row for row in page.rows]
        return replace(page, rows=rows)

    monkeypatch.setattr(scene.client, "list_ids", without_ids)
    scene.change(**{"fault.task_post.reply_lost": "1x"})
    scene.post(scene.tag(attempt))
    change(scene, attempt, created_at=scene.row(attempt)["created_at"] + LONG_AGO_S - 5)
    accepted_witness(scene)
    for _ in range(3):
        swept = scene.sweep(**AT_ONCE, call_deadline_s=0.0)
    assert (swept.trouble, swept.absent) == (None, 0)
    assert scene.row(attempt)["state"] == A.UNKNOWN


def test_what_another_account_sent_is_not_searched_for_here(scene: Scene) -> None:
    """Its list is not this one: everything of it would be missing."""
    attempt = scene.attempt(age_s=LONG_AGO_S)
    change(scene, attempt, account="another")
    accepted_witness(scene)
    for _ in range(3):
        assert scene.sweep().searched == 0
    assert scene.row(attempt)["state"] == A.UNKNOWN


@pytest.mark.parametrize(
    ("done", "listed", "charge"),
    [
        pytest.param(False, "0.0102", "0.0102", id="what was charged"),
        pytest.param(True, "0.05", None, id="what it cost in the end"),
        pytest.param(False, "0.0002", None, id="less than the advance"),
        pytest.param(False, None, None, id="nothing"),
    ],
)
def test_only_the_listed_cost_of_an_unfinished_task_is_its_charge(
    scene: Scene, done: bool, listed: str | None, charge: str | None
) -> None:
    attempt = scene.attempt(age_s=1.0)
    row = IdRow(
        provider_id="p1",
        url=None,
        platform=Platform.CHAT_GPT,
        method=Method.STANDARD,
        posted_at=None,
        done_at=datetime(2026, 1, 1, tzinfo=UTC) if done else None,
        status=None,
        cost=Usd.of(listed) if listed else None,
        tag=scene.tag(attempt),
    )
    tag = Tag.of_ours(row.tag, scene.deployment)
    assert tag is not None
    (found,) = read_tasks(scene.database, [(tag, row)], advance=Usd.of("0.01")).new
    assert (found.provider_id, found.cost) == ("p1", Usd.of(charge) if charge else None)
