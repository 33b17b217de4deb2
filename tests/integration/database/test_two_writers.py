"""Processes that record at once wait for each other, and the books come out right (P21, P31)."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, ledger
from tests.checkout import ROOT
from tests.integration.database.books import add_job, check_books, open_books, send

JOBS, PROCESSES = 40, 4
HAMMER = """
import random, sys
from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from tests.integration.database.books import accepted, answered, failed, record
url, seed, *ids = sys.argv[1:]
chance, database = random.Random(seed), Database(url, SystemClock())
told = [make(key, "p-" + key) for key in ids for make in (accepted, failed, answered)]
chance.shuffle(told)
sys.stdin.readline()
while told:
    count = chance.randint(1, 5)
    batch, told = told[:count], told[count:]
    record(database, *batch)
"""


def test_four_processes_record_the_same_evidence_at_once(database: Database) -> None:
    open_books(database)
    ids = [send(database, add_job(database, number)) for number in range(JOBS)]
    url = database.url.render_as_string(hide_password=False)
    children = [_hammer(url, seed, ids) for seed in range(PROCESSES)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    ends = [(child.communicate(timeout=120)[1], child.returncode) for child in children]
    assert ends == [("", 0)] * PROCESSES
    check_books(database)
    with database.read() as connection:
        assert set(connection.execute(sa.select(attempts.c.state)).scalars()) == {"settled"}
        spent = connection.execute(sa.select(sa.func.sum(ledger.c.provider_nanos))).scalar_one()
    assert int(spent) == -7_300_000 * JOBS


def _hammer(url: str, seed: int, ids: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HAMMER, url, str(seed), *ids],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
