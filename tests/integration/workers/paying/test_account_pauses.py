"""For every cause: paused once, nothing sent, collected what could be, gone on by itself or by command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.database.schema import upkeep
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.stopping import DAY_S
from promptrelay.domain.money import Usd
from promptrelay.domain.states import RunState
from tests.integration.workers.paying.stage import SCALE, Stage, open_stage, start_provider

Open = Callable[..., Stage]
HOUR_S = 3600.0


@pytest.fixture
def stage(tmp_path: Path, redis_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Open]:
    caplog.set_level(logging.INFO)
    with ExitStack() as ends:

        def make(*provider: str, **settings: object) -> Stage:
            started = start_provider(tmp_path, *provider)
            ends.callback(started.stop)
            opened = open_stage(tmp_path, started, redis_url, **settings)
            ends.callback(opened.database.close)
            return opened

        yield make


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[str]]:
    """What was logged of an event, in its order: the causes, or the reasons of a run."""

    def found(event: str) -> list[str]:
        records = [record for record in caplog.records if record.message == event]
        return [getattr(record, "cause", None) or record.why for record in records]  # type: ignore[attr-defined]

    return found


Said = Callable[[str], list[str]]


def nothing_is_sent(s: Stage, ticks: int = 12) -> None:
    before = s.paid_calls()
    for _ in range(ticks):
        s.step()
    assert s.paid_calls() == before


def hold_the_probe(s: Stage) -> None:
    s.dispatcher.balance_every_s = 3600.0


def probe_again(s: Stage) -> None:
    s.dispatcher.balance_every_s = 0.2
    with s.database.write() as connection:
        connection.execute(sa.delete(upkeep))


def is_full(s: Stage) -> bool:
    """Paused for good: nothing is in flight that could make room, and the balance is read anew."""
    found = s.standing()
    return is_closed(s) and not found.booked_since and found.room is not None and found.room < Usd.of("0.035")


def is_closed(s: Stage) -> bool:
    found = s.standing()
    return found.cause is not None and not found.out


def is_finished(s: Stage, run: str) -> bool:
    return s.progress(run).state is RunState.FINISHED


@pytest.mark.parametrize(
    ("code", "cause", "at", "platform"),
    [
        ("40100", Cause.CREDENTIALS, "call", "chat_gpt"),
        ("40104", Cause.PROVIDER, "call", "chat_gpt"),
        ("40200", Cause.FUNDS, "call", "chat_gpt"),
        ("40200", Cause.FUNDS, "call", "perplexity"),
        ("40201", Cause.PROVIDER, "entry", "chat_gpt"),
        ("40201", Cause.PROVIDER, "call", "perplexity"),
        ("40203", Cause.DAILY_LIMIT, "call", "chat_gpt"),
        ("40203", Cause.DAILY_LIMIT, "entry", "perplexity"),
        ("40207", Cause.ADDRESS, "call", "chat_gpt"),
        ("40210", Cause.FUNDS, "entry", "chat_gpt"),
    ],
)
def test_a_code_of_the_account_pauses_it_once_and_it_goes_on_by_itself(
    stage: Open, said: Said, code: str, cause: Cause, at: str, platform: str
) -> None:
    s = stage(f"account_code={code}", f"account_code_at={at}", probe_every_s=HOUR_S * SCALE)
    hold_the_probe(s)
    run = s.submit(12, platform=platform)
    s.until(lambda: s.standing().cause)
    nothing_is_sent(s)
    assert s.standing().cause is cause
    assert said("account.paused") == [cause]
    assert code in (s.standing().note or "")
    assert s.admin("faults", account_code="none")
    if cause is Cause.DAILY_LIMIT:
        s.clock.ahead_s += DAY_S + 60
    if cause is Cause.PROVIDER:
        s.clock.ahead_s += HOUR_S
    if cause is Cause.FUNDS:
        s.admin("topup", amount="50")
    probe_again(s)
    s.until(lambda: is_finished(s, run))
    assert s.done(run) == 12
    assert said("account.paused") == said("account.resumed") == [cause]


def test_what_is_in_flight_is_collected_while_the_account_is_paused(stage: Open, said: Said) -> None:
    s = stage("account_code_spares_free=on")
    first = s.submit(5)
    s.until(lambda: s.progress(first).attempts.get("sent") == 5)
    s.change(account_code="40203")
    second = s.submit(5)
    s.until(lambda: s.done(first) == 5)
    assert s.standing().cause is Cause.DAILY_LIMIT
    assert s.done(second) == 0
    assert said("account.paused") == [Cause.DAILY_LIMIT]


def test_an_operators_pause_takes_the_place_of_another_and_ends_only_by_command(stage: Open) -> None:
    s = stage("account_code=40207")
    run = s.submit(3)
    s.until(lambda: s.standing().cause is Cause.ADDRESS)
    with s.database.write() as connection:
        assert accounts.pause(connection, "default", reason="holidays", resume_at=None)
        assert not accounts.pause(connection, "default", reason="twice", resume_at=None)
    s.change(account_code="none")
    s.clock.ahead_s += 2 * DAY_S
    s.admin("topup", amount="50")
    nothing_is_sent(s)
    assert (
        s.standing().note == "account default is paused: holidays; `promptrelay resume --all` lets it go on"
    )
    with s.database.write() as connection:
        assert accounts.resume(connection, "default")
    s.until(lambda: is_finished(s, run))


def test_a_refusal_that_the_balance_does_not_explain_is_tried_again_after_an_hour_or_when_it_rises(
    stage: Open, said: Said
) -> None:
    s = stage("account_code=40210", probe_every_s=HOUR_S * SCALE)
    s.submit(3)
    s.until(lambda: s.standing().needed)
    assert s.standing().needed == Usd.of("100.035")
    nothing_is_sent(s)
    s.clock.ahead_s += HOUR_S
    s.until(lambda: len(said("account.paused")) == 2)
    assert said("account.resumed") == [Cause.FUNDS]


def test_jobs_that_the_balance_no_longer_covers_wait_for_the_top_up_and_say_what_is_needed(
    stage: Open, said: Said
) -> None:
    s = stage("start_balance=0.025", "standard_latency_s=100000", "standard_latency_max_s=100000")
    run = s.submit(5)
    s.until(lambda: s.standing().needed)
    assert s.progress(run).attempts["sent"] == 2
    nothing_is_sent(s)
    assert "topped up to $0.035" in (s.standing().note or "")
    s.admin("topup", amount="50")
    s.until(lambda: s.progress(run).attempts["sent"] == 5)
    assert said("account.paused") == said("account.resumed") == [Cause.FUNDS]


def test_while_the_balance_is_negative_nothing_is_sent_and_nothing_expires_and_a_top_up_brings_all_back(
    stage: Open, said: Said
) -> None:
    s = stage(poll_first_s=300.0, poll_max_s=600.0, standard_deadline_s=1200.0, expiry_grace_s=60.0)
    first = s.submit(6)
    s.until(lambda: s.progress(first).attempts.get("sent") == 6)
    s.admin("balance", amount="-0.5")
    s.until(lambda: s.standing().cause)
    note = s.standing().note or ""
    assert s.standing().cause is Cause.FUNDS
    assert "negative ($-0." in note
    assert "topped up to $0.035" in note
    second = s.submit(3)
    s.until(lambda: s.progress(first).attempts.get("withheld") == 6)
    assert s.progress(second).attempts == {}
    assert s.progress(first).jobs == {"in_flight": 6}
    s.admin("topup", amount="50")
    s.until(lambda: is_finished(s, first) and is_finished(s, second))
    assert (s.done(first), s.done(second)) == (6, 3)
    assert said("account.paused") == said("account.resumed") == [Cause.FUNDS]


def test_at_the_floor_the_account_waits_with_its_figures_until_it_is_topped_up(
    stage: Open, said: Said
) -> None:
    s = stage("start_balance=10", "spent_min=0.03", "spent_max=0.034")
    s.limits(floor="9.8")
    run = s.submit(20)
    s.until(lambda: is_full(s))
    nothing_is_sent(s)
    sent = s.done(run)
    assert 3 <= sent < 7
    assert Decimal(str(s.standing().balance)) >= Decimal("9.8")
    note = s.standing().note or ""
    assert "the balance floor of $9.8 leaves no room" in note
    assert "$0.035 for the next job" in note
    s.admin("topup", amount="50")
    s.until(lambda: is_finished(s, run))
    assert s.done(run) == 20
    assert set(said("account.paused")) == {Cause.FLOOR}


def test_what_was_booked_since_the_balance_was_read_counts_against_the_floor(stage: Open) -> None:
    s = stage("start_balance=10", "spent_min=0.03", "spent_max=0.034")
    s.limits(floor="9.8")
    s.until(lambda: s.standing().balance)
    hold_the_probe(s)
    run = s.submit(20)
    s.until(lambda: is_closed(s))
    assert s.done(run) < 7
    assert s.standing().booked_since


@pytest.mark.parametrize("ends_with", ["the day", "a higher cap"])
def test_at_the_daily_cap_the_account_waits_with_its_figures_for(
    ends_with: str, stage: Open, said: Said
) -> None:
    s = stage("spent_min=0.03", "spent_max=0.034")
    s.limits(cap="0.2")
    run = s.submit(9)
    s.until(lambda: is_full(s))
    nothing_is_sent(s)
    assert 0 < s.done(run) < 7
    assert s.standing().spent_today <= Usd.of("0.2")
    note = s.standing().note or ""
    assert "the daily cap of $0.2 leaves no room" in note
    assert " spent today, " in note
    assert "$0.035 for the next job" in note
    if ends_with == "the day":
        s.clock.ahead_s += DAY_S
    else:
        s.limits(cap="50")
    s.until(lambda: is_finished(s, run), 60)
    assert set(said("account.paused")) == {Cause.DAILY_CAP}
    assert s.done(run) == 9


def test_the_dispatcher_claims_no_more_than_fits_under_a_limit(stage: Open) -> None:
    s = stage("standard_latency_s=100000", "standard_latency_max_s=100000")
    s.limits(cap="0.2")
    s.submit(300)
    s.until(lambda: s.standing().cause)
    posted = [arguments[1] for kind, arguments in s.sent if kind == "post"]
    assert [len(jobs) for jobs in posted] == [5]


def test_a_configuration_that_cannot_work_pauses_the_run_once_and_not_the_account(
    stage: Open, said: Said
) -> None:
    s = stage("account_code=40204")
    run = s.submit(250)
    s.until(lambda: s.progress(run).state is RunState.PAUSED)
    nothing_is_sent(s)
    assert said("run.paused") == ["the account has no subscription for this (40204)"]
    assert s.standing().cause is None
    assert s.progress(run).jobs == {"queued": 250}


def test_a_duplicate_limit_lets_the_job_wait_and_pauses_nothing(stage: Open, said: Said) -> None:
    s = stage("duplicates_per_hour=1")
    run = s.submit(2)
    with s.database.write() as connection:
        connection.exec_driver_sql("UPDATE rows SET prompt = 'the same'")
    s.until(lambda: is_finished(s, run))
    assert s.done(run) == 2
    assert s.paid_calls() == 2
    assert said("account.paused") == []
