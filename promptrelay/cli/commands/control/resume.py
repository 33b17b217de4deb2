"""resume: let a run, or everything, send again."""

from __future__ import annotations

import click
import sqlalchemy as sa

from promptrelay.cli.errors import StoppedAtLimit, UsageWrong
from promptrelay.cli.opened import open_database, the_one_run
from promptrelay.cli.options.money import usd
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.pauses import one_of, say, say_all
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts.permission import Reservation
from promptrelay.database.database import Database
from promptrelay.database.runs import pausing, runs
from promptrelay.database.runs.caps import has_room, next_reservation
from promptrelay.domain.money import Usd
from promptrelay.domain.states import RunState


@click.command()
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every paused run, and the provider account.")
@click.option("--max-cost", metavar="USD", help="Another cap on what the run may cost, net.")
@click.option("--max-float", metavar="USD", help="Another cap on the cash that may be out at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def resume(
    run: str | None, *, everything: bool, max_cost: str | None, max_float: str | None, as_json: bool
) -> None:
    """Let RUN send again, and with it the provider account if that is paused.

    A run that is stopped at a cap goes on only if its next job fits now: raise the cap with --max-cost or
    --max-float. Exit code 3 if it does not fit.

    \b
    Examples:
      promptrelay resume prompts
      promptrelay resume prompts --max-cost 50
      promptrelay resume --all
    """
    settings = load_settings()
    one_of(run, everything=everything)
    caps = {
        name: amount.nanos
        for name, amount in (
            ("max_cost_nanos", usd("--max-cost", max_cost)),
            ("max_float_nanos", usd("--max-float", max_float)),
        )
        if amount is not None
    }
    with open_database(settings) as database:
        if everything:
            if caps:
                raise UsageWrong("caps are a run's own: name the run instead of --all")
            with database.write() as connection:
                resumed, names = pausing.resume_all(connection)
            say_all("resumed", resumed, names, as_json=as_json)
            return
        row = the_one_run(database, run)
        account = resume_one(database, row, caps)
        now = the_one_run(database, row["id"])
    note = f"the provider account {row['account']} may send again" if account else ""
    say(now, changed=row["state"] != now["state"] or account, note=note, as_json=as_json, account=account)


def resume_one(database: Database, row: sa.RowMapping, caps: dict[str, int]) -> bool:
    """Let the run and its account go on, all or nothing; whether the account was paused.

    Raises UsageWrong, StoppedAtLimit.
    """
    if row["state"] in (RunState.FINISHED, RunState.CANCELLED):
        raise UsageWrong(f"run {row['id']} is {row['state']}: there is nothing to resume")
    with database.write() as connection:
        pausing.set_caps(connection, row["id"], caps)
        if not has_room(connection, row["id"]):
            needed = next_reservation(connection, row["id"])
            raise StoppedAtLimit(_no_room(runs.find(connection, row["id"]) or row, needed))
        pausing.resume_run(connection, row["id"])
        return accounts.resume(connection, row["account"])


def _no_room(run: sa.RowMapping, needed: Reservation) -> str:
    """Why not one more job fits, and what to type."""
    cost = Usd(run["spent_nanos"] + run["reserved_nanos"]) + needed.cost
    cash_out = Usd(run["float_nanos"]) + needed.cash_out
    parts, options = [], []
    if cost.nanos > run["max_cost_nanos"]:
        parts.append(f"${cost} with its next job, of --max-cost ${Usd(run['max_cost_nanos'])}")
        options.append(f"--max-cost {cost}")
    if cash_out.nanos > run["max_float_nanos"]:
        parts.append(f"${cash_out} out at once, of --max-float ${Usd(run['max_float_nanos'])}")
        options.append(f"--max-float {cash_out}")
    return (
        f"run {run['id']} is at its cap: {'; '.join(parts)}. Raise it: "
        f"promptrelay resume {run['id']} {' '.join(options)} (or more)"
    )
