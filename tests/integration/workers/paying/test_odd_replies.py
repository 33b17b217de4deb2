"""Replies to paid calls that are odd in one place: nothing is paid again, nothing beside it is lost (P8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.layout import unread_folder
from promptrelay.answers.stores.local import LocalStore
from promptrelay.database.attempts.ledger import balances
from promptrelay.database.schema import attempts, provider_tasks, runs
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.http_reply import HttpReply
from promptrelay.domain.evidence import Accepted
from promptrelay.domain.money import ZERO, Usd
from tests.integration.workers.live_calls import ask
from tests.integration.workers.site import PLATFORM, Site
from workers.paying.standard import post_chunk
from workers.recording import keep

JOBS = 3
Edit = Callable[[dict[str, Any]], None]


def post(site: Site, jobs: int = JOBS) -> str:
    run_id = site.submit(jobs)
    post_chunk(site.rooms, PLATFORM, site.claim(run_id))
    return run_id


def rows(site: Site, table: sa.Table) -> list[sa.RowMapping]:
    with site.rooms.database.read() as connection:
        return list(connection.execute(sa.select(table)).mappings())


def unread(site: Site) -> list[bytes]:
    store = site.rooms.answers
    return [store.get(item.key) for item in store.list(unread_folder(site.rooms.account))]


def net(site: Site) -> Usd:
    with site.rooms.database.read() as connection:
        return -balances(connection)["provider"]


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, live_start_window_s=2.0)


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Callable[[Edit], None]:
    """Lets the next replies of the stand-in be changed on their way."""
    send = ProviderClient._send

    def install(edit: Edit) -> None:
        def changed(self: ProviderClient, *arguments: Any) -> HttpReply:
            http = send(self, *arguments)
            reply = json.loads(http.body)
            edit(reply)
            return replace(http, body=json.dumps(reply).encode())

        monkeypatch.setattr(ProviderClient, "_send", changed)

    return install


def test_what_is_accepted_without_an_id_is_searched_for_and_not_paid_again(site: Site) -> None:
    site.provider.change(id_null="1x")
    run_id = post(site)
    assert site.attempt_states() == {"sent": JOBS - 1, "unknown": 1}
    assert site.job_states() == {"in_flight": JOBS}
    assert site.claim(run_id) == []
    (nameless,) = [row for row in rows(site, attempts) if row["state"] == "unknown"]
    assert (nameless["told_nanos"], nameless["status_code"]) == (10_200_000, 20100)
    assert len(unread(site)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a" * 65),
        ("id", "a\x00b"),
        ("id", ""),
        ("status_code", 10**23),
        ("status_code", None),
        ("cost", 10**30),
        ("cost", "a lot"),
        ("status_message", "\x00" * 10),
        ("result_count", 10**30),
    ],
)
def test_one_odd_field_costs_no_other_task_its_place(
    site: Site, edited: Callable[[Edit], None], field: str, value: object
) -> None:
    edited(lambda reply: reply["tasks"][0].update({field: value}))
    post(site)
    states = site.attempt_states()
    assert sum(states.values()) == JOBS
    assert states.get("sent", 0) >= JOBS - 1
    assert states.get("sent", 0) + states.get("unknown", 0) == JOBS
    assert site.job_states() == {"in_flight": JOBS}


def test_a_code_that_nobody_knows_proves_nothing_whatever_it_costs(
    site: Site, edited: Callable[[Edit], None]
) -> None:
    """It was taken, most likely: refusing it would pay for its prompt again."""
    edited(lambda reply: [task.update({"status_code": 49999}) for task in reply["tasks"]])
    post(site)
    assert site.attempt_states() == {"unknown": JOBS}
    assert {row["told_nanos"] for row in rows(site, attempts)} == {10_200_000}


def test_money_in_texts_is_booked(site: Site) -> None:
    site.provider.change(cost_text=1)
    post(site)
    assert [row["reported_nanos"] for row in rows(site, provider_tasks)] == [10_200_000] * JOBS


def test_what_the_database_refuses_costs_no_other_evidence_its_place(site: Site) -> None:
    site.provider.change(**{"fault.task_post.reply_lost": "1x"})
    post(site)
    first, *others = sorted(row["id"] for row in rows(site, attempts))
    told = [Accepted(attempt_id=first, provider_id="p-first", cost=Usd(2**70))]
    told += [Accepted(attempt_id=key, provider_id=f"p-{key}", cost=Usd.of("0.0102")) for key in others]
    recorded = keep(site.rooms, told)
    assert recorded.refused == (first,)
    assert site.attempt_states() == {"sent": JOBS - 1, "unknown": 1}
    (kept,) = unread(site)
    assert json.loads(kept)["provider_id"] == "p-first"


@pytest.mark.parametrize("kind", ["garbage", "error_500_after"])
def test_a_reply_that_cannot_be_read_is_kept_as_it_came(site: Site, kind: str) -> None:
    site.provider.change(**{f"fault.task_post.{kind}": "1x"})
    post(site)
    assert site.attempt_states() == {"unknown": JOBS}
    (body,) = unread(site)
    assert (b"Bad gateway" if kind == "garbage" else b"50000") in body


def test_it_is_kept_on_this_host_while_the_store_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.provider.change(**{"fault.task_post.garbage": "1x"})

    def away(*_: object) -> bool:
        raise StoreUnavailable

    monkeypatch.setattr(site.rooms.answers, "put_new", away)
    post(site)
    assert site.attempt_states() == {"unknown": JOBS}
    assert len(site.rooms.spool.keys()) == 1
    monkeypatch.undo()
    assert isinstance(site.rooms.answers, LocalStore)
    site.rooms.spool.drain(site.rooms.answers)
    assert len(unread(site)) == 1


def test_a_live_answer_outlives_a_date_that_never_comes(site: Site) -> None:
    site.provider.change(date_odd=1)
    ask(site)
    assert (site.attempt_states(), site.job_states()) == ({"settled": 1}, {"done": 1})


@pytest.mark.parametrize(
    "edit",
    [
        lambda reply: reply.update({"tasks_count": None, "status_code": None}),
        lambda reply: reply["tasks"][0].update({"status_code": 10**23}),
        lambda reply: reply["tasks"][0].update({"id": "x" * 65}),
        lambda reply: reply["tasks"][0].update({"status_message": 7, "path": "\x00", "time": []}),
    ],
    ids=["no count", "a code beyond all codes", "an id beyond all ids", "other types"],
)
def test_a_live_answer_counts_whatever_is_odd_beside_it(
    site: Site, edited: Callable[[Edit], None], edit: Edit
) -> None:
    edited(edit)
    ask(site)
    assert (site.attempt_states(), site.job_states()) == ({"settled": 1}, {"done": 1})


@pytest.mark.parametrize("hidden", ["cost_null", "spent_null", "cost_text", "spent_text"])
def test_of_cost_and_charge_of_a_live_answer_one_tells_the_other(site: Site, hidden: str) -> None:
    site.provider.change(**{hidden: 1})
    ask(site)
    assert str(net(site)) == site.provider.books()["nano_rounded"]["net"]
    with site.rooms.database.read() as connection:
        found = balances(connection)
    assert (found["fee"], found["waste"]) == (Usd.of("0.0006"), ZERO)


def test_a_live_answer_that_hides_both_weighs_on_the_caps_as_if_it_were_open(site: Site) -> None:
    site.provider.change(cost_null=1, spent_null=1)
    ask(site)
    (attempt,), (run,) = rows(site, attempts), rows(site, runs)
    assert (attempt["state"], attempt["has_unknown_charge"]) == ("settled", True)
    assert run["reserved_nanos"] == attempt["reserved_nanos"] > 0
    assert (run["spent_nanos"], net(site)) == (0, ZERO)


def test_a_live_reply_without_its_answer_is_kept_and_its_cost_is_booked(site: Site) -> None:
    site.provider.change(result_null=1)
    ask(site)
    assert (site.attempt_states(), site.job_states()) == ({"unknown": 1}, {"in_flight": 1})
    assert str(net(site)) == site.provider.books()["nano_rounded"]["net"]
    (body,) = unread(site)
    assert json.loads(body)["tasks"][0]["result"] is None
