"""A run keeps what the lists of models said when it was made, and is never asked about twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.plan.plan import make_plan
from producers.submit.submit import submit
from promptrelay.cli.planning import goes_on
from promptrelay.database.accounts import model_lists
from promptrelay.database.database import Database
from promptrelay.database.schema import runs
from promptrelay.domain.model import Model
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import RunState

Prompts = Callable[..., Path]
Spec = Callable[..., CampaignSpec]


def keep(database: Database, *models: Model) -> None:
    with database.write() as connection:
        model_lists.keep(connection, "main", Platform.CHAT_GPT, models)


def facts(database: Database, run_id: str) -> Any:
    with database.read() as connection:
        options = connection.execute(sa.select(runs.c.options).where(runs.c.id == run_id)).scalar_one()
    return options["model_facts"]


def test_the_snapshot_is_of_the_chosen_models_and_stays_when_the_run_is_resumed(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    keep(database, Model("gpt-2025-04-14", reasoning=False, web_search=True), Model("other"))
    path = prompts("prompt\na\n")
    run_id = submit(database, spec(), path).run_id
    (known,) = facts(database, run_id).values()
    assert known["gpt"]["name"] == "gpt-2025-04-14"
    assert (known["gpt"]["reasoning"], known["gpt"]["web_search"]) == (False, True)
    assert (known["gpt"]["task_post"], known["gpt"]["seen_at"] > 0) == (None, True)

    keep(database, Model("gpt", reasoning=True))
    assert submit(database, spec(max_cost=Usd.of(3)), path).run_id == run_id
    assert facts(database, run_id)["chat_gpt"] == known


def test_only_a_new_run_is_asked_about(database: Database, prompts: Prompts, spec: Spec) -> None:
    path = prompts("prompt\na\n")
    plan = make_plan(spec(), path)
    assert not goes_on(database, spec(), plan, again=False)
    submit(database, spec(), path)
    assert goes_on(database, spec(), plan, again=True)
    with database.write() as connection:
        connection.execute(sa.update(runs).values(state=RunState.FINISHED))
    assert goes_on(database, spec(), plan, again=False)
    assert not goes_on(database, spec(), plan, again=True)
