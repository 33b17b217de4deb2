"""Whatever the provider says of a task, and however long: look, job and run come to an end (P20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.books.receipt import receipt
from promptrelay.database.clock import now
from promptrelay.database.runs import runs
from promptrelay.database.schema import accounts, attempts, jobs
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.states import AttemptState, JobState, Reason
from tests.integration.workers.site import PLATFORM, Site
from workers.collecting.poll import LookAgain, poll
from workers.paying.standard import post_chunk

A, J = AttemptState, JobState
WORDS = "It could not be answered now"


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url)


class Stuck:
    """One posted task, of which the provider says what the test wants."""

    def __init__(self, site: Site, code: int | None, **options: Any) -> None:
        stuck = {} if code is None else {"task_stuck": 1, "stuck_code": code, "stuck_words": WORDS}
        site.provider.change(**({"standard_latency_s": 1e9, "standard_latency_max_s": 1e9} | stuck | options))
        self.site = site
        self.run_id = site.submit(1)
        post_chunk(site.rooms, PLATFORM, site.claim(self.run_id))
        assert self.attempt["state"] == A.SENT

    @property
    def attempt(self) -> sa.RowMapping:
        with self.site.rooms.database.read() as connection:
            return connection.execute(sa.select(attempts)).mappings().one()

    @property
    def job(self) -> sa.RowMapping:
        with self.site.rooms.database.read() as connection:
            return connection.execute(sa.select(jobs)).mappings().one()

    @property
    def over_s(self) -> float:
        return self.site.rooms.pace.standard_deadline_s + self.site.rooms.pace.expiry_grace_s

    def set_back(self, name: str, seconds: float) -> None:
        column = attempts.c[name]
        with self.site.rooms.database.write() as connection:
            connection.execute(sa.update(attempts).values({name: column - seconds}))

    def age(self, seconds: float) -> None:
        for name in ("posted_at", "created_at"):
            self.set_back(name, seconds)

    def look(self) -> float | None:
        """A look; when the next one is, None when it was the last."""
        try:
            poll(self.site.rooms, self.attempt["id"])
        except LookAgain as again:
            return float(again.when or 0.0)
        return None

    def look_an_hour_later(self) -> float | None:
        """A look when the provider has said the same for an hour."""
        self.set_back("look_since", self.site.rooms.pace.unchanged_s)
        return self.look()


@pytest.mark.parametrize("code", [50301, 50000, 50401, 40501, 40002, 40400, 12345])
def test_a_code_that_stays_after_its_time_ends_it_as_overdue(site: Site, code: int) -> None:
    stuck = Stuck(site, code)
    stuck.age(stuck.over_s)
    assert stuck.look() is not None, "it may be another one in an hour"
    assert stuck.attempt["state"] == A.SENT
    stuck.set_back("look_since", -60.0)
    assert stuck.look() is not None, "it has said so for less than an hour"
    assert stuck.attempt["state"] == A.SENT
    stuck.set_back("look_since", 60.0)
    assert stuck.look_an_hour_later() is None
    assert (stuck.attempt["state"], stuck.attempt["status_code"]) == (A.OVERDUE, code)
    assert (stuck.job["state"], stuck.job["reason"], stuck.job["status_code"]) == (
        J.FAILED,
        Reason.OVERDUE,
        code,
    )
    check_ended(site, stuck, code, held="0.01")


def check_ended(site: Site, stuck: Stuck, code: int, *, held: str) -> None:
    """Its run is finished, and its receipt says what is still out and what the provider said."""
    with site.rooms.database.write() as connection:
        assert runs.finish_done(connection) == [stuck.run_id]
    found = receipt(site.rooms.database, stuck.run_id)
    assert (found["money"]["held"], found["money"]["net"]) == (held, "0.0102")
    (said,) = found["provider_says"]
    assert (said["code"], said["message"], said["attempts"], said["waiting"]) == (code, WORDS, 1, 0)


@pytest.mark.parametrize("code", [40401, 40403])
def test_what_the_provider_no_longer_has_is_expired_and_asked_for_once_more(site: Site, code: int) -> None:
    stuck = Stuck(site, code)
    stuck.age(stuck.over_s)
    stuck.look()
    assert stuck.look_an_hour_later() is None
    assert (stuck.attempt["state"], stuck.attempt["status_code"]) == (A.EXPIRED, code)
    assert (stuck.job["state"], stuck.job["tries"]) == (J.QUEUED, 1)
    assert receipt(site.rooms.database, stuck.run_id)["money"]["held"] == "0.01", "nobody said it came back"


def test_the_hour_begins_anew_with_another_code_and_goes_on_through_trouble(site: Site) -> None:
    stuck = Stuck(site, 50301)
    stuck.age(stuck.over_s)
    stuck.look()
    stuck.set_back("look_since", site.rooms.pace.unchanged_s)
    site.provider.change(stuck_code=50302)
    assert stuck.look() is not None
    assert stuck.attempt["look_code"] == 50302
    stuck.set_back("look_since", site.rooms.pace.unchanged_s)
    site.provider.change(**{"fault.task_get.garbage": "1x"})
    assert stuck.look() is not None, "an unreadable reply says nothing"
    assert stuck.look() is None


def test_the_look_that_may_end_it_comes_within_an_hour(site: Site) -> None:
    stuck = Stuck(site, 50301)
    stuck.set_back("looks", -50)
    stuck.age(stuck.over_s)
    wait_s = stuck.look()
    assert wait_s is not None
    assert wait_s <= site.rooms.pace.unchanged_s < site.rooms.pace.poll_max_s


@pytest.mark.parametrize("code", [50301, None], ids=["an odd code", "not ready"])
def test_before_deadline_and_grace_nothing_ends(site: Site, code: int | None) -> None:
    stuck = Stuck(site, code)
    stuck.age(site.rooms.pace.standard_deadline_s + site.rooms.pace.expiry_grace_s / 2)
    stuck.look()
    assert stuck.look_an_hour_later() is not None
    assert stuck.attempt["state"] == A.SENT


def test_a_task_that_is_only_not_ready_is_overdue_at_once_when_its_time_is_over(site: Site) -> None:
    stuck = Stuck(site, None)
    stuck.age(stuck.over_s)
    assert stuck.look() is None
    assert (stuck.attempt["state"], stuck.attempt["look_code"]) == (A.OVERDUE, 40602)
    assert stuck.job["reason"] == Reason.OVERDUE


@pytest.mark.parametrize("balance", ["unknown", "negative", "good an hour ago"])
@pytest.mark.parametrize("code", [None, 50301, 40401])
def test_while_the_balance_lets_no_answer_out_nothing_ends_before_day_thirty(
    site: Site, balance: str, code: int | None
) -> None:
    stuck = Stuck(site, code)
    if balance == "negative":
        site.provider.set_balance("-1")
    else:
        site.provider.change(**{"fault.user_data.garbage": "1"})
    if balance == "good an hour ago":
        with site.rooms.database.write() as connection:
            known = {"balance_nanos": 10**10, "balance_at": now() - 3600.0}
            connection.execute(sa.update(accounts).values(known))
    stuck.age(stuck.over_s)
    stuck.look()
    assert stuck.look_an_hour_later() is not None
    assert stuck.attempt["state"] == A.WITHHELD
    stuck.age(site.rooms.pace.kept_s - stuck.over_s)
    assert stuck.look() is None
    assert stuck.attempt["state"] == (A.EXPIRED if code == 40401 else A.OVERDUE)


@pytest.mark.parametrize("code", [40200, 40202, 40209, 40210])
def test_a_code_that_is_about_the_account_or_the_minute_ends_no_task(site: Site, code: int) -> None:
    stuck = Stuck(site, code)
    stuck.age(stuck.over_s)
    stuck.look()
    assert stuck.look_an_hour_later() is not None
    stuck.age(site.rooms.pace.kept_s)
    assert stuck.look() is None
    assert stuck.attempt["state"] == A.OVERDUE


def test_day_thirty_ends_what_cannot_even_be_asked_for(site: Site) -> None:
    stuck = Stuck(site, 50301, **{"fault.task_get.lost_before": "1"})
    stuck.age(stuck.over_s)
    assert stuck.look() is not None
    stuck.age(site.rooms.pace.kept_s)
    assert stuck.look() is None
    assert (stuck.attempt["state"], stuck.attempt["look_code"]) == (A.OVERDUE, None)


def test_an_answer_that_workers_die_of_is_given_up_a_day_after_that(site: Site) -> None:
    stuck = Stuck(site, None)
    with site.rooms.database.write() as connection:
        connection.execute(sa.update(attempts).values(deaths=MOST_DEATHS))
    before = site.provider.counters()["calls"].get("task_get", 0)
    stuck.age(site.rooms.pace.kept_s + 86_400 / site.rooms.pace.time_scale)
    assert stuck.look() is None
    assert stuck.attempt["state"] == A.OVERDUE
    assert site.provider.counters()["calls"].get("task_get", 0) == before, "nobody reads it once more"


def test_nothing_of_the_prompt_is_kept_when_the_provider_repeats_it(site: Site) -> None:
    stuck = Stuck(site, 40501, stuck_words="Invalid Field: 'user_prompt' (prompts question 0? is refused).")
    stuck.look()
    assert stuck.attempt["look_message"] == "Invalid Field: … (…? is refused)."


@pytest.mark.parametrize("code", [40001, 40002, 40003, 40004])
def test_an_id_of_another_owner_or_place_raises_the_alarm(
    site: Site, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = Stuck(site, code)
    stuck.look()
    (alarm,) = [record for record in caplog.records if record.message == "task.misplaced"]
    assert (alarm.levelname, alarm.code, alarm.attempt) == ("ERROR", code, stuck.attempt["id"])
