"""A resumed run keeps each cap that is not named anew, and each by its own figure (P22)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.schema import runs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import RunState

COST, CASH, MORE = Usd.of("3"), Usd.of("0.5"), Usd.of("7")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(sqlite_url(tmp_path / "db.sqlite3"), SystemClock())
    upgrade(found)
    yield found
    found.close()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.csv"
    path.write_text("prompt\none\ntwo\n")
    return path


def begin(database: Database, prompts: Path, **caps: Any) -> dict[str, Any]:
    """The same input with these caps; returns the run's row."""
    platform = Platform.CHAT_GPT
    spec = CampaignSpec(name="c", account="a", platforms=(platform,), models={platform: ("m",)}, **caps)
    run_id = submit(database, spec, prompts).run_id
    with database.read() as connection:
        return dict(connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().one())


def caps(row: dict[str, Any]) -> tuple[Usd, Usd]:
    return Usd(row["max_cost_nanos"]), Usd(row["max_float_nanos"])


def test_a_cap_that_is_left_out_stays_what_it_was(database: Database, prompts: Path) -> None:
    first = begin(database, prompts, max_cost=COST, max_float=CASH)
    assert caps(first) == (COST, CASH)
    again = begin(database, prompts)
    assert again["id"] == first["id"]
    assert caps(again) == (COST, CASH)


def test_each_cap_is_changed_alone(database: Database, prompts: Path) -> None:
    begin(database, prompts, max_cost=COST, max_float=CASH)
    assert caps(begin(database, prompts, max_cost=MORE)) == (MORE, CASH)
    assert caps(begin(database, prompts, max_float=COST)) == (MORE, COST)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"max_cost": MORE}, RunState.RUNNING),
        ({"max_float": MORE}, RunState.RUNNING),
        ({"max_cost": CASH}, RunState.STOPPED_BUDGET),
        ({"max_cost": COST}, RunState.STOPPED_BUDGET),
        ({}, RunState.STOPPED_BUDGET),
    ],
    ids=["a higher cost", "a higher float", "a lower cost", "the same", "none named"],
)
def test_a_run_that_stopped_at_a_cap_goes_on_only_when_one_is_raised(
    database: Database, prompts: Path, changed: dict[str, Usd], state: RunState
) -> None:
    begin(database, prompts, max_cost=COST, max_float=CASH)
    with database.write() as connection:
        connection.execute(sa.update(runs).values(state=RunState.STOPPED_BUDGET))
    assert begin(database, prompts, **changed)["state"] == state
