"""While PostgreSQL is away in any of its ways, evidence waits and nothing new is sent (P7, P31)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.layout import inbox_folder
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Method
from tests.acceptance.project import until
from tests.integration.workers.site import PLATFORM, Site
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk
from workers.rooms import Rooms

JOBS = 5
WAITS = 3
"""So often the worker finds the database away; from the second time on evidence is in the inbox too."""


class Standby:
    """The server takes no writes from anybody, as after a failover."""

    def begin(self, database: Database) -> None:
        self._say(database, "SET default_transaction_read_only = on")
        database.engine.dispose()

    def end(self, database: Database) -> None:
        self._say(database, "RESET default_transaction_read_only")

    def _say(self, database: Database, what: str) -> None:
        engine = sa.create_engine(database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {database.url.database} {what}")
        engine.dispose()


class KilledBackend:
    """The server process behind the connection dies whenever something is to be committed."""

    def begin(self, database: Database) -> None:
        sa.event.listen(database.engine, "commit", self._kill)

    def end(self, database: Database) -> None:
        sa.event.remove(database.engine, "commit", self._kill)

    def _kill(self, connection: sa.Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")


class NoneFree:
    """Every connection of the pool is in use for longer than anybody waits for one."""

    def begin(self, database: Database) -> None:
        self._before = database.engine
        database.engine = sa.create_engine(database.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
        self._held = database.engine.connect()

    def end(self, database: Database) -> None:
        self._held.close()
        database.engine.dispose()
        database.engine = self._before


@dataclass
class PatientClock(SystemClock):
    """Ends the trouble when it was waited for so often; nobody really waits."""

    trouble: Any
    database: Database
    count_kept: Callable[[], int]
    kept: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def sleep(self, seconds: float) -> None:
        self.kept.append(self.count_kept())
        if len(self.kept) == WAITS:
            self.trouble.end(self.database)


@pytest.fixture(params=[Standby, KilledBackend, NoneFree])
def trouble(request: pytest.FixtureRequest) -> Any:
    return request.param()


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, live_start_window_s=3.0)


pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def in_trouble(site: Site, trouble: Any, point: str) -> Rooms:
    """The site's rooms, whose database goes away at that point of the way."""
    clock = PatientClock(trouble, site.rooms.database, lambda: in_inbox(site))
    begun: list[str] = []

    def passes(name: str) -> None:
        if name == point and not begun:
            begun.append(name)
            trouble.begin(site.rooms.database)

    return replace(site.rooms, clock=clock, passes=passes)


def in_inbox(site: Site) -> int:
    return len(list(site.rooms.answers.list(inbox_folder(site.rooms.account))))


def waits(rooms: Rooms) -> list[int]:
    assert isinstance(rooms.clock, PatientClock)
    return rooms.clock.kept


def test_what_a_reply_says_is_recorded_when_the_database_takes_it_again(site: Site, trouble: Any) -> None:
    claimed = site.claim(site.submit(JOBS))
    rooms = in_trouble(site, trouble, "standard.before_b")
    post_chunk(rooms, PLATFORM, claimed)
    assert waits(rooms) == [0, 1, 1], "from the second time on it is kept where it outlives the worker"
    assert site.attempt_states() == {"sent": JOBS}
    assert in_inbox(site) == 0


def test_a_live_answer_is_stored_and_settled_whatever_becomes_of_the_database(
    site: Site, trouble: Any
) -> None:
    claimed = site.claim(site.submit(1, method="live"), method=Method.LIVE)
    until(site.rooms.slots.needs_seeding, 10)
    assert site.rooms.slots.seed({})
    assert site.rooms.allowance.take(Share.LIVE, wait_s=10)
    rooms = in_trouble(site, trouble, "live.after_reply")
    ask_live(rooms, PLATFORM, claimed[0])
    assert len(waits(rooms)) == WAITS
    assert (site.attempt_states(), site.job_states()) == ({"settled": 1}, {"done": 1})


def test_without_a_permission_nothing_is_sent_and_the_jobs_are_due_again(site: Site, trouble: Any) -> None:
    claimed = site.claim(site.submit(JOBS))
    rooms = in_trouble(site, trouble, "standard.before_a")
    post_chunk(rooms, PLATFORM, claimed)
    assert len(waits(rooms)) == WAITS
    assert site.provider.posts() == 0
    assert site.job_states() == {"queued": JOBS}
    assert held(site) == (0, 0), "nobody died"


def held(site: Site) -> tuple[int, int]:
    """How many jobs are in a worker's hands, and how many deaths were counted."""
    with site.rooms.database.read() as connection:
        taken = sa.func.count().filter(jobs.c.taken)
        found = connection.execute(sa.select(taken, sa.func.sum(jobs.c.deaths))).one()
    return int(found[0]), int(found[1])


def test_a_permission_whose_commit_fails_sends_nothing(site: Site) -> None:
    claimed = site.claim(site.submit(JOBS))
    trouble, database = KilledBackend(), site.rooms.database
    rooms = in_trouble(site, trouble, "none")
    met: list[str] = []

    def at_transaction_a(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO attempts") and not met:
            met.append(statement)
            trouble.begin(database)

    sa.event.listen(database.engine, "before_cursor_execute", at_transaction_a)
    post_chunk(rooms, PLATFORM, claimed)
    assert met
    assert len(waits(rooms)) == WAITS
    assert site.provider.posts() == 0
    assert site.job_states() == {"queued": JOBS}
    with database.read() as connection:
        assert connection.execute(sa.select(attempts.c.id)).all() == []
