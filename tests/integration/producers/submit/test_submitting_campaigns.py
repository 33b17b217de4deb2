"""Campaigns from YAML become runs and jobs; what may change of an unfinished run is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa

from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.plan.errors import RefusedInput
from producers.plan.survey import survey
from producers.submit.submit import Submitted, submit
from promptrelay.cli.options.campaign import campaign_options, campaign_spec
from promptrelay.database.database import Database
from promptrelay.database.schema import rows, runs

Prompts = Callable[..., Path]

YAML = """
name: shoes
prompts: {file: prompts.csv}
platforms:
  chat_gpt: {models: [gpt-4o, gpt-4.1]}
  perplexity: {parameters: {temperature: 0.2}}
parameters: {system_message: "You sell {{ topic }}"}
repeats: 2
tag: mine
priority: 5
weight: 7
caps: {max_cost: 12.50}
"""
ROWS = "prompt,topic,temperature,tag\na,mugs,,\na,mugs,,t\na,cups,,\na,mugs,0.5,\nb,mugs,,\n"


@pytest.fixture
def send(database: Database, tmp_path: Path) -> Callable[..., Submitted]:
    """Submits the campaign file with these options."""

    def submit_file(*words: str) -> Submitted:
        path = tmp_path / "campaign.yaml"
        return submit(database, asked(path, *words), path)

    return submit_file


def asked(path: Path, *words: str) -> CampaignSpec:
    @click.command()
    @campaign_options
    def command(file: Path, **given: Any) -> CampaignSpec:
        return campaign_spec(Settings(_env_file=None), file, given)

    found: CampaignSpec = command.main([str(path), *words], standalone_mode=False)
    return found


def the_run(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        return dict(connection.execute(sa.select(runs)).mappings().one())


def test_the_survey_counts_the_jobs_that_are_made(bench: Any, prompts: Prompts, send: Any) -> None:
    prompts(ROWS)
    path = prompts(YAML, "campaign.yaml")
    found = survey(asked(path), path)
    done = send()
    made = Counter((job["platform"], job["method"], job["model"]) for job in bench.jobs(done.run_id))
    assert made == found.jobs
    assert (done.jobs, done.duplicates) == (4 * 3 * 2, 1)
    assert done.rows_by_platform == {"chat_gpt": 5 * 2 * 2, "perplexity": 5 * 2}


def test_jobs_carry_what_template_and_row_make_of_the_parameters(
    bench: Any, prompts: Prompts, send: Any
) -> None:
    prompts(ROWS)
    prompts(YAML, "campaign.yaml")
    jobs = bench.jobs(send().run_id)
    sent = {(job["row_no"], job["platform"]): job["parameters"] for job in jobs}
    assert sent[1, "chat_gpt"] == {"system_message": "You sell mugs"}
    assert sent[3, "perplexity"] == {"system_message": "You sell cups", "temperature": 0.2}
    assert sent[4, "perplexity"] == {"system_message": "You sell mugs", "temperature": 0.5}
    with bench.database.read() as connection:
        tags = list(connection.execute(sa.select(rows.c.user_tag).order_by(rows.c.row_no)).scalars())
    assert tags == ["mine", "t", "mine", "mine", "mine"]


def test_turns_and_caps_of_an_unfinished_run_follow_the_file_and_the_options(
    database: Database, prompts: Prompts, send: Any
) -> None:
    prompts(ROWS)
    prompts(YAML, "campaign.yaml")
    assert send().created
    run = the_run(database)
    assert (run["priority"], run["weight"], run["max_cost_nanos"]) == (5, 7, 12_500_000_000)
    prompts(YAML.replace("priority: 5", "priority: 9").replace("12.50", "20"), "campaign.yaml")
    assert not send("--weight", "3").created
    run = the_run(database)
    assert (run["priority"], run["weight"], run["max_cost_nanos"]) == (9, 3, 20_000_000_000)


@pytest.mark.parametrize(
    "change",
    [
        ("You sell", "You buy"),
        ("temperature: 0.2", "temperature: 0.3"),
        ("tag: mine", "tag: yours"),
        ("gpt-4o", "o3"),
    ],
)
def test_what_changes_answers_is_another_run(prompts: Prompts, send: Any, change: tuple[str, str]) -> None:
    prompts("prompt,topic\na,mugs\n")
    prompts(YAML, "campaign.yaml")
    first = send()
    prompts(YAML.replace(*change), "campaign.yaml")
    assert send().run_id != first.run_id


def test_listed_prompts_are_sent_and_refused_by_their_line(bench: Any, prompts: Prompts, send: Any) -> None:
    prompts("prompts:\n  - a\n  - {prompt: b, temperature: hot}\n", "campaign.yaml")
    with pytest.raises(RefusedInput, match=r"1 of 2 rows .* line 3: temperature has to be a number"):
        send()
    done = send("--skip-invalid")
    assert (done.rows, done.jobs, done.refused_rows) == (1, 1, 1)
