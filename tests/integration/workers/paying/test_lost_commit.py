"""A COMMIT whose reply is lost permits nothing: the worker does not send (P31)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.workers.site import PLATFORM, Site
from workers.paying.standard import post_chunk

JOBS = 20


@pytest.mark.parametrize("arrived", [True, False], ids=["it was written", "it was not written"])
def test_nothing_is_sent_when_the_reply_to_the_commit_is_lost(
    site: Site, arrived: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = site.submit(JOBS)
    claimed = site.claim(run_id)
    dialect = site.rooms.database.engine.dialect
    commit, lost = dialect.do_commit, []

    def lose_the_reply(connection: Any) -> None:
        writes = _in_flight(connection) == JOBS
        if lost or not writes:
            commit(connection)
            return
        lost.append(1)
        (commit if arrived else dialect.do_rollback)(connection)
        raise sa.exc.OperationalError("COMMIT", None, Exception("the connection is gone"))

    monkeypatch.setattr(dialect, "do_commit", lose_the_reply)
    post_chunk(site.rooms, PLATFORM, claimed)
    assert lost, "the commit of transaction A was not met"
    assert site.provider.posts() == 0
    assert site.job_states() == {"queued": JOBS}
    assert site.attempt_states() == ({"rejected": JOBS} if arrived else {})
    monkeypatch.undo()
    site.rooms.clock.sleep(2.1)
    post_chunk(site.rooms, PLATFORM, site.claim(run_id))
    assert site.provider.posts() == 1
    assert len(site.provider.tasks()) == JOBS


def _in_flight(connection: Any) -> int:
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT count(*) FROM jobs WHERE state = 'in_flight'")
        return int(cursor.fetchone()[0])
    finally:
        cursor.close()
