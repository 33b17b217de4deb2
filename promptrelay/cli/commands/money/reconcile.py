"""reconcile: our ledger against the provider's balance and list of tasks, each difference by name (P24)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from config.settings import Settings
from promptrelay.books.charge_shares import listed_totals, shares, untold_tasks
from promptrelay.books.reconcile import (
    CHARGES,
    MEANINGS,
    Difference,
    Listed,
    Reading,
    as_json,
    compare,
    listed,
)
from promptrelay.cli.errors import CommandFailed
from promptrelay.cli.opened import open_database
from promptrelay.cli.provider import Desk, provider_desk
from promptrelay.cli.settings import load_settings
from promptrelay.database.accounts import reconciling
from promptrelay.database.accounts.reconciling import LedgerReading
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure
from promptrelay.dataforseo.id_search import Span, merged, read_window
from promptrelay.dataforseo.wire.rows import IdPage, IdRow, UserData
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.evidence import Charged, Failed
from promptrelay.domain.tag import Tag
from promptrelay.wiring import terms
from workers.unknown.id_list import IdList

_APART_S = 600.0
_AROUND_S = 120.0
_TICK_S = 1.0


@click.command
@click.option("--book", is_flag=True, help="Book what is named; only with nothing in flight.")
@click.option("--wait", is_flag=True, help="Wait for the second reading.")
@click.option("--json", "as_json_", is_flag=True, help="Print JSON.")
def reconcile(*, book: bool, wait: bool, as_json_: bool) -> None:
    """Compare the ledger with the provider's balance, and name each difference.

    A difference is named once two readings, ten minutes apart, agree on it. While something is in flight
    there is only an interval. Nothing is booked without --book.

    \b
    Examples:
      promptrelay reconcile
      promptrelay reconcile --book --wait
    """
    settings = load_settings()
    with open_database(settings) as database, provider_desk(settings) as desk:
        reconciler = _Reconciler(settings, database, desk)
        outcome = reconciler.read()
        while wait and outcome.again_in_s is not None:
            _count_down(outcome.again_in_s)
            outcome = reconciler.read()
        booked = reconciler.book(outcome) if book and outcome.is_named else False
    click.echo(json.dumps(outcome.as_json(booked=booked)) if as_json_ else outcome.text(booked=booked))
    if book and outcome.state != "agrees" and not booked:
        raise CommandFailed(f"nothing was booked: {outcome.why_not}")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A reading, and what may be said about it: agrees, named, once (read once so far) or moving."""

    account: str
    reading: Reading
    seen: Listed
    state: str
    again_in_s: float | None = None

    @property
    def is_named(self) -> bool:
        return self.state == "named"

    @property
    def why_not(self) -> str:
        if self.state == "moving":
            return "something is in flight; wait until it has ended"
        return f"a second reading is needed, in {self.again_in_s or 0:,.0f} s; --wait waits for it"

    def as_json(self, *, booked: bool) -> dict[str, object]:
        again = {"again_in_s": self.again_in_s}
        return {
            "account": self.account,
            "state": self.state,
            **as_json(self.reading),
            "booked": booked,
            **again,
        }

    def text(self, *, booked: bool) -> str:
        reading = self.reading
        lines = [f"balance at the provider  ${reading.balance}", f"our ledger               ${reading.cash}"]
        if self.state == "moving":
            lines.append(f"difference               ${reading.low} to ${reading.high}: {self.why_not}")
        elif self.state == "agrees":
            lines.append("no difference")
        else:
            lines.append(f"difference               ${reading.difference}")
            lines += [
                f"  {part.what:<22} ${part.amount}  {MEANINGS[part.what]}"
                + (f" ({part.count:,} tasks)" if part.count else "")
                for part in reading.found
            ]
            if self.state == "once":
                lines.append(f"not final: {self.why_not}")
            else:
                lines.append("booked" if booked else "book it with `promptrelay reconcile --book`")
        return "\n".join(lines)


@dataclass(slots=True)
class _Reconciler:
    settings: Settings
    database: Database
    desk: Desk

    @property
    def _account(self) -> str:
        return self.settings.account

    def read(self) -> Reconciled:
        """Ledger, balance, ledger; then the list of tasks, and what the reading before this one said."""
        before = self._standing()
        user = self._user()
        after = self._standing()
        seen = self._listed(after)
        reading = compare(before, user, after, seen, terms(self.settings))
        return self._judge(reading, seen)

    def book(self, outcome: Reconciled) -> bool:
        """Book every named part in one transaction, refunds and charges as evidence of their attempts."""
        now = self._standing()
        if now.open_attempts or now.cash != outcome.reading.cash:
            return False
        with self.database.write() as connection:
            for part in outcome.reading.found:
                if part.what == "late_refund":
                    pairs = reconciling.places(connection, outcome.seen.refunded)
                    evidence = [
                        Failed(attempt_id=key, provider_id=task, status_code=0, retry_in_s=0.0, expired=True)
                        for key, (_, task) in sorted(pairs.items())
                    ]
                    record(connection, evidence, terms=terms(self.settings), max_tries=1)
                elif part.what in CHARGES:
                    charged = self._charged(outcome.seen, part)
                    record(connection, charged, terms=terms(self.settings), max_tries=1)
                else:
                    step = part.what if part.what in ("topup", "opening") else reconciling.UNEXPLAINED
                    reconciling.book(connection, self._account, step, part.amount, run_id=part.run_id)
            reconciling.keep_reading(connection, self._account, None)
        return True

    def _charged(self, seen: Listed, part: Difference) -> list[Charged]:
        """What the tasks cost whose answers did not tell it: each as listed, or together what is missing."""
        prices = terms(self.settings)
        if part.what == "unknown_charge":
            return shares(seen.unlisted, part.amount, prices)
        listed_ones = [task for task in seen.untold if task.provider_id in seen.totals]
        return [task.charged(seen.totals[task.provider_id], prices) for task in listed_ones]

    def _judge(self, reading: Reading, seen: Listed) -> Reconciled:
        apart_s = _APART_S / self.settings.time_scale
        with self.database.write() as connection:
            first = reconciling.first_reading(connection, self._account)
            at = reconciling.ledger_reading(connection, self._account).at
            if reading.moving or not (reading.difference or reading.has_untold):
                reconciling.keep_reading(connection, self._account, None)
                state = "moving" if reading.moving else "agrees"
                return Reconciled(self._account, reading, seen, state)
            if first is None or first[1].get("rest") != reading.rest.nanos:
                reconciling.keep_reading(connection, self._account, {"rest": reading.rest.nanos})
                return Reconciled(self._account, reading, seen, "once", apart_s)
        left_s = first[0] + apart_s - at
        if left_s > 0:
            return Reconciled(self._account, reading, seen, "once", left_s)
        return Reconciled(self._account, reading, seen, "named")

    def _standing(self) -> LedgerReading:
        with self.database.read() as connection:
            return reconciling.ledger_reading(connection, self._account)

    def _user(self) -> UserData:
        user = self.desk.free(lambda client: client.user_data(), of_list="user_data")
        if user.balance is None:
            raise CommandFailed("the provider does not tell the balance; try again later")
        return user

    def _listed(self, ours: LedgerReading) -> Listed:
        ids = IdList(self.database, self._page)
        rows = read_window(ids.page, Span(*ids.to_theirs(ours.since, ours.at)))
        with self.database.write() as connection:
            deployment = ensure(connection)
        with self.database.read() as connection:
            overdue = reconciling.places(connection, ours.overdue)
            untold = untold_tasks(
                reconciling.unknown_charges(connection, self._account), terms(self.settings)
            )
        early = {*(at for at, _ in overdue.values()), *(task.created_at for task in untold)}
        spans = merged(Span(*ids.to_theirs(at, at + _AROUND_S)) for at in early if at < ours.since)
        extra = [row for span in spans for row in read_window(ids.page, span)]
        found = {row.provider_id or str(row): row for row in rows}
        known = self._known(list(found.values()))
        pairs = [(key, task) for key, (_, task) in overdue.items()]
        there = {row.provider_id for row in extra}
        seen = listed(found.values(), deployment=deployment, known=known, overdue=pairs)
        refunded = tuple(key for key in seen.refunded if overdue[key][1] not in there)
        return Listed(
            others=seen.others,
            others_count=seen.others_count,
            others_open=seen.others_open,
            strangers=seen.strangers,
            strangers_count=seen.strangers_count,
            refunded=refunded,
            untold=untold,
            totals=listed_totals([*found.values(), *extra], untold, terms(self.settings)),
        )

    def _known(self, rows: Sequence[IdRow]) -> set[str]:
        ids = [tag.attempt for row in rows if (tag := Tag.parse(row.tag))]
        known: set[str] = set()
        with self.database.read() as connection:
            for start in range(0, len(ids), 500):
                known |= reconciling.known_attempts(connection, ids[start : start + 500])
        return known

    def _page(self, since: datetime, until: datetime, offset: int) -> IdPage:
        return self.desk.free(lambda client: client.list_ids(since, until, offset=offset), of_list="id_list")


def _count_down(seconds: float) -> None:
    clock, until = SystemClock(), SystemClock().boottime() + seconds
    again = datetime.fromtimestamp(clock.now() + seconds, UTC).strftime("%H:%M:%S")
    click.echo(f"second reading at {again} UTC", err=True)
    while (left_s := until - clock.boottime()) > 0:
        clock.sleep(min(_TICK_S, left_s))
