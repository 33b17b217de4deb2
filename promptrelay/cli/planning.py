"""Makes a plan with all that is known here, and asks before it becomes expensive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.plan.outlook import Outlook, read_outlook
from producers.plan.plan import Plan, make_plan
from producers.readable import dollars
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.domain.money import Usd
from promptrelay.domain.states import UNFINISHED_RUN, RunState
from promptrelay.wiring import account_terms


def planned(settings: Settings, spec: CampaignSpec, file: Path, *, keep: bool = False) -> Plan:
    """The plan, resting on past charges, lists of models and the balance as far as they are known.

    `keep`: with the rows, for `submit`. Raises PromptFileError.
    """
    return make_plan(spec, file, _outlook(settings, spec.account), keep=keep)


def goes_on(database: Database, spec: CampaignSpec, plan: Plan, *, again: bool) -> bool:
    """Whether this input has a run that is only resumed or named, so that nobody has to be asked."""
    with database.read() as connection:
        last = runs.latest(connection, spec.account, spec.fingerprint(plan.prompts.input_hash))
    return last is not None and (last["state"] in UNFINISHED_RUN or not again)


def is_finished(database: Database, spec: CampaignSpec, plan: Plan, *, again: bool) -> bool:
    """Whether this input's run is finished, and only shown."""
    with database.read() as connection:
        last = runs.latest(connection, spec.account, spec.fingerprint(plan.prompts.input_hash))
    return last is not None and last["state"] == RunState.FINISHED and not again


def approve(settings: Settings, spec: CampaignSpec, plan: Plan, *, simulate: bool) -> None:
    """Refuse what is expected to pass the cap, and ask before what may cost more than a threshold.

    Raises UsageWrong, and Abort when the answer is no.
    """
    low, high = dollars(plan.estimate.cost_p50), dollars(plan.estimate.cost_p90)
    if spec.max_cost is not None and plan.estimate.cost_p50 > spec.max_cost:
        raise UsageWrong(
            f"the expected cost {low} is above --max-cost {dollars(spec.max_cost)}: raise it, send fewer"
            " prompts, or add --yes to send what fits under it and stop there (exit 3)"
        )
    if simulate or plan.estimate.cost_p90 <= Usd.of(settings.confirm_above_usd):
        return
    if not sys.stdin.isatty():
        raise UsageWrong(
            f"it may cost {high}, more than ${settings.confirm_above_usd}, and there is no terminal to ask;"
            " add --yes, or raise PROMPTRELAY_CONFIRM_ABOVE_USD"
        )
    click.confirm(f"Send {plan.jobs:,} jobs for up to {high}?", abort=True, err=True)


def _outlook(settings: Settings, account: str) -> Outlook:
    """An embedded database that does not exist yet knows nothing, and planning makes none."""
    limits = account_terms(settings)
    if not settings.database_url and not DataDir(settings.data_dir).database.exists():
        return Outlook(limits=limits)
    with open_database(settings) as database:
        return read_outlook(database, account, limits)
