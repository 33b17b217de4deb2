"""A database with two large runs and many small ones, seeded by a few bulk statements."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from promptrelay.database.database import Database

GOING = 60
"""So many small runs wait for one answer each; the others are over."""
BIG = "01RUN1000000000"
ANSWERED = f"01RUN{1_000_000_001 + GOING}"
_SEED = Path(__file__).with_suffix(".sql")


def crowd(database: Database, *, jobs: int, runs: int) -> None:
    """That many jobs in two runs, and that many runs with one job.

    Of the jobs 40 % are `ANSWERED`'s, which only has to be finished; of `BIG`'s half are out and long due.
    """
    facts = {"jobs": jobs, "runs": runs, "going": GOING}
    with database.write() as connection:
        for statement in _SEED.read_text().split(";\n"):
            named = {name: value for name, value in facts.items() if f":{name}" in statement}
            if statement.strip():
                connection.execute(sa.text(statement), named)
        if not database.is_sqlite:
            connection.execute(sa.text("ANALYZE"))
