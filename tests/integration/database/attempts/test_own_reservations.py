"""Each run's attempts set aside what the run itself says, in one chunk too (P22)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts import claims
from promptrelay.database.attempts.permission import NoRoom, Reservation
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.runs.caps import has_room, next_reservation, stop_at_caps
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.evidence import NotSent
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import JobState, RunState
from tests.integration.database.books import ACCOUNT, TERMS
from tests.integration.database.crowd import job_ids, open_runs, permit_jobs, run_ids

CHEAP, DEAR = run_ids(2)
ADVANCE = Usd.of("0.0102")
LITTLE, MUCH, LIVE = Usd.of("0.02"), Usd.of("0.3"), Usd.of("0.07")


def change(database: Database, run_id: str, **values: object) -> None:
    with database.write() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == run_id).values(**values))


def ask_live(database: Database, *keys: str) -> None:
    with database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id.in_(keys)).values(method=Method.LIVE))


def ask(database: Database, keys: Sequence[str]) -> list[str]:
    """Transaction A; the attempts."""
    with database.write() as connection:
        sent = permit_jobs(connection, keys)
    return [one.attempt_id for one in sent]


def aside(database: Database, run_id: str) -> tuple[Usd, Usd]:
    """What the run's counters say, which its open attempts sum to."""
    columns = ("reserved_nanos", "float_nanos")
    with database.read() as connection:
        of_run = sa.select(*(runs.c[name] for name in columns)).where(runs.c.id == run_id)
        counted = tuple(map(int, connection.execute(of_run).one()))
        sums = (sa.func.coalesce(sa.func.sum(attempts.c[name]), 0) for name in columns)
        of_attempts = sa.select(*sums).where(attempts.c.run_id == run_id, attempts.c.state == "sending")
        assert tuple(map(int, connection.execute(of_attempts).one())) == counted
    return Usd(counted[0]), Usd(counted[1])


@pytest.fixture
def two(database: Database) -> Database:
    """Two runs with four claimed jobs each, a cheap one and a dear one."""
    open_runs(database, 2, 4, state=JobState.CLAIMED)
    change(database, CHEAP, reserve_standard_nanos=LITTLE.nanos, reserve_live_nanos=LITTLE.nanos)
    change(database, DEAR, reserve_standard_nanos=MUCH.nanos, reserve_live_nanos=LIVE.nanos)
    return database


def test_a_chunk_of_two_runs_sets_aside_what_each_says(two: Database) -> None:
    ask_live(two, job_ids(1, 4)[3])
    sent = [*ask(two, [*job_ids(0, 3), *job_ids(1, 3)]), *ask(two, job_ids(1, 4)[3:])]
    assert len(sent) == 7
    assert aside(two, CHEAP) == (LITTLE * 3, ADVANCE * 3)
    assert aside(two, DEAR) == (MUCH * 3 + LIVE, ADVANCE * 3 + LIVE)
    with two.write() as connection:
        evidence = [NotSent(attempt_id=key, retry_in_s=0.0) for key in sent]
        record(connection, evidence, terms=TERMS, max_tries=9)
    assert aside(two, CHEAP) == aside(two, DEAR) == (Usd(), Usd())


def test_one_run_at_its_cap_keeps_the_whole_chunk_back(two: Database) -> None:
    change(two, DEAR, max_cost_nanos=MUCH.nanos * 2 - 1)
    with pytest.raises(NoRoom):
        ask(two, [*job_ids(0, 2), *job_ids(1, 2)])
    assert aside(two, CHEAP) == aside(two, DEAR) == (Usd(), Usd())
    assert len(ask(two, [*job_ids(0, 2), *job_ids(1, 1)])) == 3
    assert aside(two, DEAR) == (MUCH, ADVANCE)


def test_a_run_stops_where_its_own_next_job_does_not_fit(two: Database) -> None:
    """The other one, with the same cap, goes on."""
    for run_id in (CHEAP, DEAR):
        change(two, run_id, max_cost_nanos=LITTLE.nanos)
    with two.write() as connection:
        assert stop_at_caps(connection) == [DEAR]
        assert has_room(connection, CHEAP)
        assert not has_room(connection, DEAR)
        assert next_reservation(connection, CHEAP) == Reservation(LITTLE, ADVANCE)
        assert next_reservation(connection, DEAR) == Reservation(MUCH, ADVANCE)


def test_live_jobs_fit_by_the_runs_figure_for_live(two: Database) -> None:
    ask_live(two, *job_ids(1, 4))
    change(two, DEAR, max_cost_nanos=LIVE.nanos, max_float_nanos=LIVE.nanos)
    with two.write() as connection:
        assert next_reservation(connection, DEAR) == Reservation(LIVE, LIVE)
        assert stop_at_caps(connection) == []
    change(two, DEAR, max_float_nanos=LIVE.nanos - 1)
    with pytest.raises(NoRoom):
        ask(two, job_ids(1, 1))
    with two.write() as connection:
        assert stop_at_caps(connection) == [DEAR]


def test_the_accounts_next_job_is_the_dearest_of_the_runs_that_go_on(two: Database) -> None:
    def one() -> Usd:
        with two.read() as connection:
            found = accounts.standing(connection, ACCOUNT)
        assert found is not None
        return found.one

    assert one() == MUCH
    change(two, CHEAP, reserve_live_nanos=MUCH.nanos + 1)
    assert one() == Usd(MUCH.nanos + 1)
    change(two, CHEAP, reserve_live_nanos=LITTLE.nanos)
    change(two, DEAR, state=RunState.FINISHED)
    assert one() == LITTLE
    change(two, CHEAP, state=RunState.PAUSED)
    assert one() == MUCH, "with none that goes on, what the dearest ever was"


def test_a_resumed_run_sets_the_new_figure_aside_and_old_attempts_keep_theirs(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text("prompt\na\nb\nc\n")
    platform = Platform.CHAT_GPT
    spec = CampaignSpec(name="trial", account=ACCOUNT, platforms=(platform,), models={platform: ("m",)})
    run_id = submit(database, spec, path, limits=AccountTerms(reserve=MUCH)).run_id
    with database.write() as connection:
        claimed = claims.claim(connection, run_id, platform, Method.STANDARD, most=9, lease_s=60.0)
    (first,) = ask(database, claimed[:1])
    assert submit(database, spec, path, limits=AccountTerms(reserve=LITTLE)).run_id == run_id
    ask(database, claimed[1:])
    assert aside(database, run_id) == (MUCH + LITTLE * 2, ADVANCE * 3)
    with database.write() as connection:
        record(connection, [NotSent(attempt_id=first, retry_in_s=0.0)], terms=TERMS, max_tries=9)
    assert aside(database, run_id) == (LITTLE * 2, ADVANCE * 2)


def test_figures_that_change_between_two_chunks_never_pass_the_cap(two: Database) -> None:
    cap = MUCH.nanos + LITTLE.nanos * 2
    change(two, DEAR, max_cost_nanos=cap)
    ask(two, job_ids(1, 1))
    change(two, DEAR, reserve_standard_nanos=LITTLE.nanos)
    ask(two, job_ids(1, 3)[1:])
    with pytest.raises(NoRoom):
        ask(two, job_ids(1, 4)[3:])
    assert aside(two, DEAR)[0].nanos == cap
