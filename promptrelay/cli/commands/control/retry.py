"""retry: failed jobs are due again, which means paying again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
import sqlalchemy as sa

from promptrelay.books.forecast import history
from promptrelay.cli.asking import ask
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database, the_one_run
from promptrelay.cli.options.money import usd
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.retry_offer import Offer, counted
from promptrelay.database.database import Database
from promptrelay.database.runs import pausing, retrying
from promptrelay.database.runs.retrying import ON_DEMAND, RETRYABLE_RUN, Failures
from promptrelay.database.runs.runs import change_state
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.states import Reason, RunState
from promptrelay.wiring import terms

_WHY_NAMED = {
    Reason.OVERDUE: "its advance is still out, and its first sending may yet be answered or refunded",
    Reason.LOST_LIVE: "its first call may have been charged",
}


@click.command()
@click.argument("run")
@click.option("--reason", "reasons", multiple=True, type=click.Choice([str(reason) for reason in Reason]))
@click.option("--max-cost", metavar="USD", help="Another cap on what the run may cost, net.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def retry(run: str, *, reasons: tuple[str, ...], max_cost: str | None, yes: bool, as_json: bool) -> None:
    """Make the failed jobs of RUN due again, all or those of a reason. Each is a new paid sending.

    What an earlier sending cost stays spent. Jobs with a sending that may still be answered are left alone.
    The reasons overdue and lost_live are retried only when named: their first payment may still be answered.
    A finished run goes on: `run FILE` as before, or a running stack, sends them.

    \b
    Examples:
      promptrelay retry prompts
      promptrelay retry prompts --reason expired --reason failed --max-cost 30 --yes
    """
    settings = load_settings()
    cap = usd("--max-cost", max_cost)
    with open_database(settings) as database:
        row = the_one_run(database, run)
        _check(row)
        with database.read() as connection:
            found, known = retrying.failures(connection, row["id"]), history(connection, row["account"])
        offer = Offer(row, *_chosen(found, reasons), known, AccountTerms(prices=terms(settings)))
        if not as_json:
            click.echo("\n".join(_lines(offer)))
        if offer.jobs == 0:
            _end(offer, 0, as_json=as_json)
            return
        ask(f"Send {offer.jobs:,} jobs again, and pay for them again?", yes=yes)
        changed = _again(database, row, sorted({item.reason for item in offer.chosen}), cap)
    _end(offer, changed, as_json=as_json)


def _again(database: Database, run: sa.RowMapping, reasons: list[str], cap: Usd | None) -> int:
    """Raise the cap, then make the jobs due, slice by slice; how many that were."""
    if cap is not None:
        with database.write() as connection:
            pausing.set_caps(connection, run["id"], {"max_cost_nanos": cap.nanos})
            change_state(connection, run["id"], RunState.RUNNING, expected=[RunState.STOPPED_BUDGET])
    changed = 0
    while True:
        with database.write() as connection:
            more = retrying.retry(connection, run["id"], reasons)
        if not more:
            return changed
        changed += more


def _check(run: sa.RowMapping) -> None:
    if run["purge_at"] is not None:
        raise UsageWrong(f"run {run['id']} is purged: its prompts are gone")
    if run["state"] not in RETRYABLE_RUN:
        cure = (
            "; `run FILE --again` starts a new one" if run["state"] == RunState.CANCELLED else ": wait for it"
        )
        raise UsageWrong(f"run {run['id']} is {run['state']}{cure}")


def _chosen(
    found: Sequence[Failures], reasons: tuple[str, ...]
) -> tuple[Sequence[Failures], Sequence[Failures]]:
    """Those to be sent again, and those whose reason has to be named for that."""
    if reasons:
        return [item for item in found if item.reason in reasons], []
    named = [item for item in found if item.reason in ON_DEMAND]
    return [item for item in found if item.reason not in ON_DEMAND], named


def _lines(offer: Offer) -> list[str]:
    lines = [f"{count:,} jobs failed as {reason}" for reason, count in offer.reasons().items() if count]
    if offer.awaited:
        lines.append(f"{offer.awaited:,} failed jobs are left alone: a sending of them may still be answered")
    for item in offer.left:
        why = _WHY_NAMED[Reason(item.reason)]
        lines.append(
            f"{item.jobs:,} {item.platform} jobs are left alone, {item.reason}: {why}; name it with --reason"
        )
    if not offer.jobs:
        return [*lines, f"run {offer.run['id']} has nothing to send again"]
    if any(item.reason == Reason.REFUSED for item in offer.chosen):
        lines.append("the provider refused some as they are: sent unchanged, they are likely refused again")
    lines.append(f"paid so far  {offer.paid_attempts:,} sendings of them, ${offer.net}, which stay spent")
    expected = offer.expected
    basis = " and ".join(sorted({share.charge.basis for share in expected.groups}))
    lines.append(f"new cost     ${expected.cost_p50} to ${expected.cost_p90}, from {basis}")
    return lines


def _end(offer: Offer, changed: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_as_json(offer, changed)))
    elif changed:
        click.echo(f"{changed:,} jobs are due again; a running stack sends them, else the same `run` command")


def _as_json(offer: Offer, changed: int) -> dict[str, Any]:
    expected = offer.expected
    return {
        "run": offer.run["id"],
        "campaign": offer.run["campaign"],
        "retried": changed,
        "reasons": offer.reasons(),
        "paid_before": {"attempts": offer.paid_attempts, "net": str(offer.net)},
        "expected": {"p50": str(expected.cost_p50), "p90": str(expected.cost_p90)},
        "left_alone": {"awaited": offer.awaited, **counted(offer.left)},
    }
