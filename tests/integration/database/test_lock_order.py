"""Whoever changes several rows locks them in one order, so that nobody waits in a circle (P31)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

from promptrelay.database.attempts import claims, looks
from promptrelay.database.attempts.permission import permit
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.database.runs.caps import stop_at_caps
from promptrelay.database.schema import attempts
from promptrelay.database.schema import runs as runs_table
from promptrelay.domain.account.name import DEFAULT_ACCOUNT
from promptrelay.domain.evidence import Accepted, NotSent
from promptrelay.domain.platform import Method
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState
from tests.integration.database.books import ACCOUNT, TERMS
from tests.integration.database.crowd import MOMENT, open_runs, run_ids

RUNS, JOBS_EACH, SECONDS = 3, 40, 3.0
Deed = Callable[[Database, random.Random, list[str]], None]


def test_many_that_write_at_once_never_wait_in_a_circle(
    database: Database, open_database: Callable[[], Database]
) -> None:
    everything = open_runs(database, RUNS, JOBS_EACH)
    deeds: list[Deed] = [_claim, _claim, _post, _post, _post, _close, _close, _give_back, _tend, _look]
    until, failures, done = time.monotonic() + SECONDS, [], [0] * len(deeds)

    def work(number: int, deed: Deed, own: Database) -> None:
        chance = random.Random(number)
        while time.monotonic() < until and not failures:
            try:
                deed(own, chance, everything)
            except sa.exc.SQLAlchemyError as error:
                failures.append(f"{deed.__name__}: {error.args[0][:200]}")
            done[number] += 1

    threads = [
        threading.Thread(target=work, args=(number, deed, open_database()))
        for number, deed in enumerate(deeds)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert min(done) > 0, done
    _check_reservations(database)


def _some(chance: random.Random, everything: list[str], most: int = 30) -> list[str]:
    return chance.sample(everything, chance.randint(1, most))


def _claim(database: Database, chance: random.Random, _: list[str]) -> None:
    with database.write() as connection:
        for run_id in chance.sample(run_ids(RUNS), RUNS):
            claims.claim(connection, run_id, "chat_gpt", Method.STANDARD, most=20, lease_s=60.0)


def _post(database: Database, chance: random.Random, everything: list[str]) -> None:
    with database.write() as connection:
        permit(
            connection,
            _some(chance, everything),
            account=ACCOUNT,
            kind=("chat_gpt", "standard"),
            moment=MOMENT,
            send_window_s=30.0,
        )


def _close(database: Database, chance: random.Random, _: list[str]) -> None:
    with database.read() as connection:
        known = list(
            connection.execute(
                sa.select(attempts.c.id).where(
                    attempts.c.state.in_((AttemptState.SENDING, AttemptState.SENT)),
                )
            ).scalars()
        )
    chosen = chance.sample(known, min(len(known), chance.randint(1, 30)))
    if not chosen:
        return
    with database.write() as connection:
        evidence = [
            NotSent(attempt_id=key, retry_in_s=0.0)
            if chance.random() < 0.8
            else Accepted(attempt_id=key, provider_id=f"p-{key}")
            for key in chosen
        ]
        record(connection, evidence, terms=TERMS, max_tries=1000)


def _give_back(database: Database, chance: random.Random, everything: list[str]) -> None:
    with database.write() as connection:
        claims.give_back(connection, _some(chance, everything), wait_s=0.0)


def _tend(database: Database, chance: random.Random, _: list[str]) -> None:
    with database.write() as connection:
        if chance.random() < 0.2:
            looks.end_leases(connection, DEFAULT_ACCOUNT)
            claims.end_leases(connection, DEFAULT_ACCOUNT)
        stop_at_caps(connection)
        runs.finish_done(connection)


def _look(database: Database, chance: random.Random, _: list[str]) -> None:
    with database.write() as connection:
        found = [row.id for row in looks.take_due(connection, ACCOUNT, most=20, lease_s=1.0)]
    chance.shuffle(found)
    with database.write() as connection:
        looks.listed(connection, found, lease_s=1.0)
    with database.write() as connection:
        looks.release(connection, found)


def _check_reservations(database: Database) -> None:
    with database.read() as connection:
        reserved = dict(connection.execute(sa.select(runs_table.c.id, runs_table.c.reserved_nanos)).all())
        found = connection.execute(
            sa.select(attempts.c.run_id, sa.func.sum(attempts.c.reserved_nanos))
            .where(attempts.c.state.in_(OPEN_ATTEMPT))
            .group_by(attempts.c.run_id)
        )
        wanted = {run_id: int(amount) for run_id, amount in found}
    assert {run_id: amount for run_id, amount in reserved.items() if amount} == wanted


def test_a_commit_on_postgresql_waits_for_the_disk(database: Database) -> None:
    with database.write() as connection:
        if not database.is_sqlite:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        else:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
