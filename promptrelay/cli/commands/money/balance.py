"""balance: the provider's word on our money, beside our own books."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import click

from config.settings import Settings
from producers.readable import duration
from promptrelay.books.account_sheet import AccountSheet, account_sheet
from promptrelay.cli.errors import CommandFailed
from promptrelay.cli.opened import open_database
from promptrelay.cli.provider import provider_desk
from promptrelay.cli.settings import load_settings
from promptrelay.database.accounts import accounts
from promptrelay.database.database import Database
from promptrelay.database.deployment import add_account
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.wire.rows import UserData
from promptrelay.domain.money import ZERO, Usd
from promptrelay.stack.errors import NoProvider


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def balance(*, as_json: bool) -> None:
    """Ask the provider for balance and limits, and show our ledger, today's spend, daily cap and floor.

    Without credentials the last known balance is shown with its age. Asking is free.

    \b
    Examples:
      promptrelay balance
      promptrelay balance --json
    """
    settings = load_settings()
    with open_database(settings) as database:
        said, trouble = _ask(settings, database)
        sheet = account_sheet(database, settings.account)
    if not sheet.day:
        sheet = replace(
            sheet, daily_cap=_setting(settings.daily_cap_usd), floor=_setting(settings.balance_floor_usd)
        )
    limits = said.limits if said else {}
    click.echo(
        json.dumps(_as_json(sheet, limits, trouble)) if as_json else "\n".join(_lines(sheet, limits, trouble))
    )
    if isinstance(trouble, ProviderError):
        raise CommandFailed(f"the provider could not be asked: {trouble}")


def _ask(settings: Settings, database: Database) -> tuple[UserData | None, Exception | None]:
    with database.read() as connection:
        before = accounts.standing(connection, settings.account)
    try:
        with provider_desk(settings) as desk:
            said = desk.free(ProviderClient.user_data, of_list="user_data")
    except (NoProvider, ProviderError) as error:
        return None, error
    if said.balance is not None:
        with database.write() as connection:
            add_account(connection, settings.account)
            booked_before = before.booked_since if before else ZERO
            accounts.set_balance(connection, settings.account, said.balance, booked_before=booked_before)
    return said, None


def _setting(text: str | None) -> Usd | None:
    return None if text is None else Usd.of(text)


def _as_json(sheet: AccountSheet, limits: Mapping[str, Decimal], trouble: Exception | None) -> dict[str, Any]:
    return {
        "account": sheet.account,
        "state": sheet.state,
        "reason": sheet.reason,
        "asked": trouble is None,
        "balance": _text(sheet.balance),
        "balance_age_s": sheet.balance_age_s,
        "limits": {name: str(limit) for name, limit in limits.items()},
        "ledger": {"provider": str(sheet.booked), "held": str(sheet.held)},
        "reserved": str(sheet.reserved),
        "today": {"day": sheet.day, "spent": str(sheet.today), "cap": _text(sheet.daily_cap)},
        "floor": _text(sheet.floor),
    }


def _lines(sheet: AccountSheet, limits: Mapping[str, Decimal], trouble: Exception | None) -> list[str]:
    cap = f"of ${sheet.daily_cap}" if sheet.daily_cap is not None else "no daily cap"
    floor = f"${sheet.floor}" if sheet.floor is not None else "none"
    lines = [
        f"account    {sheet.account}, {sheet.state}" + (f": {sheet.reason}" if sheet.reason else ""),
        f"balance    {_balance(sheet, trouble)}",
        f"ledger     ${sheet.booked} moved at the provider; ${sheet.held} of it are advances still out",
        f"reserved   ${sheet.reserved} for what is being asked now",
        f"today      ${sheet.today} spent, {cap}",
        f"floor      {floor}",
    ]
    return lines + [f"limit      {name} {limit}" for name, limit in sorted(limits.items())]


def _balance(sheet: AccountSheet, trouble: Exception | None) -> str:
    if trouble is None:
        return f"${sheet.balance}" if sheet.balance is not None else "the provider names none"
    why = (
        "no credentials to ask with" if isinstance(trouble, NoProvider) else "the provider could not be asked"
    )
    if sheet.balance is None or sheet.balance_age_s is None:
        return f"not known: {why}"
    return f"${sheet.balance} as of {duration(sheet.balance_age_s)} ago: {why}"


def _text(amount: Usd | None) -> str | None:
    return None if amount is None else str(amount)
