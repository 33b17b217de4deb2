"""Random lives of three jobs: whatever is lost, found, doubled, late or written off, the money is right."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, ledger, runs
from promptrelay.domain.evidence import (
    Absent,
    Accepted,
    Evidence,
    Lost,
    NotSent,
    OutcomeUnknown,
    Overdue,
    Withheld,
    WrittenOff,
)
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState, JobState, RunState
from tests.integration.database.books import (
    HeldClock,
    accepted,
    add_job,
    answered,
    check_books,
    failed,
    open_books,
    record,
    send,
    write_off,
)
from tests.integration.sqlite_tables import sqlite_with_tables

JOBS, MAX_TRIES = 2, 4
FEE, CHARGED, SPENT, LIVE_COST = 200_000, 10_200_000, 7_100_000, 7_700_000
SEARCH_ENDS = ("absent", "lost", "written off", "written off and sent again")
which = st.integers(0, 5)
tasks = st.sampled_from(("p1", "p2"))


class Money(RuleBasedStateMachine):
    """Drives the tables as the workers do, and keeps its own simple account of what the provider took."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory(prefix="pr-money-")
        self._url = sqlite_with_tables(Path(self._directory.name) / "books.db")
        self._open()
        self.sent: list[str] = []
        self.told: list[Evidence] = []
        self.taken: dict[str, set[str]] = {}

    def _open(self) -> None:
        self.database = Database(self._url, HeldClock())

    @initialize()
    def begin(self) -> None:
        open_books(self.database)
        self.jobs = [add_job(self.database, number) for number in range(JOBS)]
        self.live_job = add_job(self.database, JOBS, method=Method.LIVE)
        self.live: list[str] = []
        self.a_job_is_sent_written_off_and_sent_again(0)

    def teardown(self) -> None:
        self.database.close()
        self._directory.cleanup()

    def _tell(self, evidence: Evidence) -> None:
        self.told.append(evidence)
        record(self.database, evidence, max_tries=MAX_TRIES)

    def _learn(self, make: object, attempt: int, task: str, fact: str) -> None:
        attempt_id = self.sent[attempt % len(self.sent)]
        provider_id = f"{task}-{attempt_id}"
        self.taken.setdefault(provider_id, set()).add(fact)
        self._tell(make(attempt_id, provider_id))  # type: ignore[operator]

    @rule(job=which)
    def a_queued_job_is_sent(self, job: int) -> None:
        job_id = self.jobs[job % JOBS]
        if self._job_state(job_id) == JobState.QUEUED:
            self.sent.append(send(self.database, job_id))

    @rule(job=which)
    def a_job_is_sent_written_off_and_sent_again(self, job: int) -> None:
        """The way to late twins, which single steps would seldom find."""
        for loses_its_reply in (True, False):
            known = len(self.sent)
            self.a_queued_job_is_sent(job)
            if len(self.sent) > known and loses_its_reply:
                self._tell(OutcomeUnknown(attempt_id=self.sent[-1]))
                write_off(self.database, self.sent[-1])

    @rule()
    def a_queued_live_job_is_asked(self) -> None:
        if self._job_state(self.live_job) == JobState.QUEUED:
            self.live.append(send(self.database, self.live_job, method=Method.LIVE))

    @precondition(lambda self: self.live)
    @rule(attempt=which, has_reply=st.booleans())
    def a_live_call_costs_something(self, attempt: int, has_reply: bool) -> None:
        """Its cost comes with its reply, or by the provider's list alone (P19)."""
        key = self.live[attempt % len(self.live)]
        cost = Usd(LIVE_COST)
        self.taken.setdefault(f"l-{key}", set()).add("live")
        evidence: Evidence = Accepted(attempt_id=key, provider_id=f"l-{key}", cost=cost)
        if has_reply:
            evidence = replace(answered(key, f"l-{key}"), cost=cost)
        self._tell(evidence)

    @rule(attempt=which, end=st.sampled_from(SEARCH_ENDS))
    def a_search_ends(self, attempt: int, end: str) -> None:
        """For any attempt, whatever has become of it meanwhile: only an unknown one may be concluded (P7)."""
        key = (self.sent + self.live)[attempt % len(self.sent + self.live)]
        evidence: dict[str, Evidence] = {
            "absent": Absent(attempt_id=key, retry_in_s=0.0),
            "lost": Lost(attempt_id=key),
            "written off": WrittenOff(attempt_id=key),
            "written off and sent again": WrittenOff(attempt_id=key, retry_in_s=0.0),
        }
        if (end == "absent" and key in self.live) or (end == "lost" and key in self.sent):
            return
        self._tell(evidence[end])

    def _job_state(self, job_id: str) -> str:
        with self.database.read() as connection:
            return str(connection.execute(sa.select(jobs.c.state).where(jobs.c.id == job_id)).scalar_one())

    @precondition(lambda self: self.sent)
    @rule(attempt=which, task=tasks)
    def the_provider_has_it(self, attempt: int, task: str) -> None:
        self._learn(accepted, attempt, task, "accepted")

    @precondition(lambda self: self.sent)
    @rule(attempt=which, task=tasks)
    def it_is_answered(self, attempt: int, task: str) -> None:
        self._learn(answered, attempt, task, "answered")

    @precondition(lambda self: self.sent)
    @rule(attempt=which, task=tasks)
    def it_fails(self, attempt: int, task: str) -> None:
        self._learn(failed, attempt, task, "failed")

    @precondition(lambda self: self.sent)
    @rule(attempt=which, kind=st.sampled_from(("unknown", "not sent", "withheld", "overdue")))
    def nothing_comes(self, attempt: int, kind: str) -> None:
        key = (self.sent + self.live)[attempt % len(self.sent + self.live)]
        evidence: dict[str, Evidence] = {
            "unknown": OutcomeUnknown(attempt_id=key),
            "not sent": NotSent(attempt_id=key, retry_in_s=0.0),
            "withheld": Withheld(attempt_id=key, look_in_s=0.0),
            "overdue": Overdue(attempt_id=key),
        }
        self._tell(evidence[kind])

    @precondition(lambda self: self.sent)
    @rule(attempt=which)
    def it_is_written_off(self, attempt: int) -> None:
        write_off(self.database, self.sent[attempt % len(self.sent)])

    @precondition(lambda self: self.told)
    @rule(message=which)
    def something_is_told_again(self, message: int) -> None:
        record(self.database, self.told[message % len(self.told)], max_tries=MAX_TRIES)

    @rule()
    def everything_restarts(self) -> None:
        self.database.close()
        self._open()

    @rule(state=st.sampled_from((RunState.RUNNING, RunState.PAUSED, RunState.CANCELLED)))
    def the_run_is_told_to_stop_or_go_on(self, state: RunState) -> None:
        with self.database.write() as connection:
            connection.execute(sa.update(runs).values(state=state))

    @invariant()
    def the_books_are_right(self) -> None:
        check_books(self.database)
        with self.database.read() as connection:
            taken = connection.execute(sa.select(sa.func.sum(ledger.c.provider_nanos))).scalar_one() or 0
        assert -taken == sum(map(_taken, self.taken.values()))

    @invariant()
    def nothing_is_sent_again_that_may_still_be_answered(self) -> None:
        with self.database.read() as connection:
            waiting = sa.select(attempts.c.id).join(jobs, jobs.c.id == attempts.c.job_id)
            doubled = waiting.where(jobs.c.state == JobState.QUEUED, attempts.c.state.in_(WATCHED_ATTEMPT))
            assert connection.execute(doubled).all() == []

    @invariant()
    def what_the_provider_has_is_waited_for_until_it_ends(self) -> None:
        out = {task.partition("-")[2] for task, facts in self.taken.items() if facts == {"accepted"}}
        with self.database.read() as connection:
            found = connection.execute(sa.select(attempts.c.id, attempts.c.state)).all()
        waiting = (*WATCHED_ATTEMPT, AttemptState.SETTLED, AttemptState.OVERDUE)
        assert [row for row in found if row.id in out and row.state not in waiting] == []

    @invariant()
    def an_answered_job_is_done_by_one_attempt_and_the_others_are_waste(self) -> None:
        with self.database.read() as connection:
            settled = connection.execute(
                sa.select(attempts.c.id, attempts.c.waste, jobs.c.state, jobs.c.answered_by)
                .join(jobs, jobs.c.id == attempts.c.job_id)
                .where(attempts.c.state == "settled")
            ).all()
        for attempt_id, waste, state, answered_by in settled:
            assert state == JobState.DONE
            assert waste == (answered_by != attempt_id)


def _taken(facts: set[str]) -> int:
    if "live" in facts:
        return LIVE_COST
    if "answered" in facts:
        return FEE + SPENT
    return FEE if "failed" in facts else CHARGED


_SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    database=None,
    # Shrinking a failure takes minutes here: the failing steps are printed as they were found.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class TestMoney(Money.TestCase):
    settings = _SETTINGS


@pytest.mark.long
class TestMoneyAtLength(Money.TestCase):
    settings = settings(_SETTINGS, max_examples=500)
