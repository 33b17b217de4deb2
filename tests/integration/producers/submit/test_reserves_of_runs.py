"""A run sets aside what answers cost by the time it is submitted, and by the time it is resumed (P22)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.database.database import Database
from promptrelay.database.schema import runs
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import RunState

TWENTY = "prompt\n" + "".join(f"question {number}\n" for number in range(20))
Prompts = Callable[..., Path]


@pytest.fixture
def one_platform(spec: Callable[..., CampaignSpec]) -> CampaignSpec:
    return spec(platforms=(Platform.CHAT_GPT,))


def aside(database: Database, run_id: str) -> tuple[str, str, str]:
    columns = (runs.c.reserve_standard_nanos, runs.c.reserve_float_nanos, runs.c.reserve_live_nanos)
    with database.read() as connection:
        found = connection.execute(sa.select(*columns).where(runs.c.id == run_id)).one()
    standard, advance, live = (str(Usd(nanos)) for nanos in found)
    return standard, advance, live


def answer(bench: Any, run_id: str, spent: str) -> None:
    """Every job of the run at that charge."""
    for job in bench.jobs(run_id):
        attempt = bench.send(job)
        bench.accept(attempt)
        bench.answer(job, attempt, text="yes", spent=spent)


def finish(database: Database, run_id: str) -> None:
    with database.write() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == run_id).values(state=RunState.FINISHED))


def test_a_run_goes_by_what_answers_cost_when_it_is_submitted_or_resumed(
    bench: Any, database: Database, prompts: Prompts, one_platform: CampaignSpec
) -> None:
    path, later = prompts(TWENTY), prompts("prompt\nlater\n", "later.csv")
    first = submit(database, one_platform, path).run_id
    waiting = submit(database, one_platform, later).run_id
    assert aside(database, first) == aside(database, waiting) == ("0.0352", "0.0102", "0.0352")
    answer(bench, first, "0.05")
    assert aside(database, waiting)[0] == "0.0352", "a run's figure changes only by submitting"
    assert submit(database, one_platform, later).run_id == waiting
    assert aside(database, waiting) == ("0.0502", "0.0102", "0.0502")
    finish(database, first)
    assert submit(database, one_platform, path).run_id == first
    assert aside(database, first)[0] == "0.0352", "over: nothing of it will be sent any more"
    again = submit(database, one_platform, path, again=True).run_id
    assert aside(database, again)[0] == "0.0502"


def test_a_setting_goes_before_history_for_new_and_resumed_runs(
    database: Database, prompts: Prompts, one_platform: CampaignSpec
) -> None:
    path = prompts("prompt\na\n")
    run_id = submit(database, one_platform, path, limits=AccountTerms(reserve=Usd.of("0.2"))).run_id
    assert aside(database, run_id) == ("0.2", "0.0102", "0.2")
    submit(database, one_platform, path, limits=AccountTerms(reserve=Usd.of("0.004")))
    assert aside(database, run_id) == ("0.0102", "0.0102", "0.004")
    submit(database, one_platform, path)
    assert aside(database, run_id) == ("0.0352", "0.0102", "0.0352")
