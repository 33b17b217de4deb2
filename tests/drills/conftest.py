"""Plants for drills: real processes with a seed that is printed, quick waits, and the real protocol."""

from __future__ import annotations

import os
import random
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.project import Project
from tests.acceptance.provider import start_provider
from tests.drills.plant import Plant
from tests.integration.conftest import postgres_server
from tests.integration.redis_server import RedisServer

SCALE = 600
QUICK_PROVIDER = (
    "calls_per_minute=20000",
    "ready_calls_per_minute=600",
    "id_list_calls_per_minute=600",
    "user_data_calls_per_minute=600",
    "answer_kb_max=2",
    "start_balance=100000",
    # About a second, so that harm meets calls that are running.
    "live_latency_s=600",
    "live_latency_max_s=1800",
)
QUICK_PLANT = {
    "CALLS_PER_MINUTE": "20000",
    "TASKS_READY_PER_MINUTE": "300",
    "ID_LIST_PER_MINUTE": "300",
    "USER_DATA_PER_MINUTE": "300",
    "SEND_WINDOW_S": "4",
    "CALL_DEADLINE_S": "4",
    "LIVE_LIMIT_S": "4",
    "LIVE_START_WINDOW_S": "2",
    "CLAIM_LEASE_S": "8",
    "LOOK_LEASE_S": "8",
    "POLL_MAX_S": "1800",
    "RECOVER_MAX_S": "12000",
}
Plants = Callable[..., Plant]
__all__ = ["plants", "postgres_server", "postgres_url", "seed"]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """DRILL_SEED; else a fresh one for long drills and always the same for those of every day."""
    given = os.environ.get("DRILL_SEED")
    long = request.node.get_closest_marker("long") is not None
    chosen = random.randrange(10**6) if long else zlib.crc32(request.node.name.encode()) % 10**6
    found = int(given) if given else chosen
    print(f"{request.node.name}: seed {found}; again with DRILL_SEED={found}")
    return found


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """An empty database of a real PostgreSQL server."""
    found: str = postgres_server.new_database()
    return found


@pytest.fixture
def plants(tmp_path: Path, seed: int) -> Iterator[Plants]:
    """Makes a plant: options of the stand-in like `task_40103=0.05`, settings without PROMPTRELAY_."""
    made: list[Plant] = []
    with tempfile.TemporaryDirectory(prefix="pr-redis-") as redis_directory:
        server = RedisServer(Path(redis_directory))
        server.start()

        def make(*options: str, scale: int = SCALE, **settings: str) -> Plant:
            folder = tmp_path / "plant"
            folder.mkdir()
            chosen = [f"time_scale={scale}", f"seed={seed}", *QUICK_PROVIDER, *options]
            provider = start_provider(folder, chosen)
            ours = {
                "DATA_DIR": str(folder / "data"),
                "TESTING": "1",
                "TIME_SCALE": str(scale),
                "REDIS_URL": server.url,
                "API_URL": provider.url,
                "API_LOGIN": "simulator",
                "API_PASSWORD": "simulator",
            }
            around = {name: text for name, text in os.environ.items() if not name.startswith("PROMPTRELAY_")}
            given = {f"PROMPTRELAY_{name}": text for name, text in (QUICK_PLANT | ours | settings).items()}
            made.append(Plant(seed, Project(folder, around | given), provider, server))
            if "DATABASE_URL" in settings:
                upgraded = made[-1].project.command("db", "upgrade")
                assert upgraded.code == 0, upgraded.err
            return made[-1]

        yield make
        for plant in made:
            plant.close()
            plant.project.end_everything()
            plant.provider.stop()
        server.stop()
