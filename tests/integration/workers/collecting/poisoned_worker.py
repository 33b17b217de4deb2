"""A worker that dies at once of a job whose prompt says so, before its paid call: run as a child process."""

from __future__ import annotations

import os
import sys
from typing import Any

import sqlalchemy as sa

from promptrelay.cli.main import main
from promptrelay.database.schema import jobs, rows
from workers.paying import standard

POISON = "poison"
permitted = standard.permit


def dies_of_poison(connection: sa.Connection, job_ids: list[str], **options: Any) -> Any:
    prompts = connection.execute(
        sa.select(rows.c.prompt)
        .join(jobs, sa.and_(jobs.c.run_id == rows.c.run_id, jobs.c.row_no == rows.c.row_no))
        .where(jobs.c.id.in_(job_ids), jobs.c.state == "claimed")
    ).scalars()
    if any(POISON in prompt for prompt in prompts):
        os._exit(9)
    return permitted(connection, job_ids, **options)


standard.permit = dies_of_poison
sys.argv = ["promptrelay", "worker", "standard.post", "standard.collect", "standard.get", "upkeep"]
main()
