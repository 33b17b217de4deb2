"""What is known before a run that its forecast rests on: past charges, lists of models, the balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from promptrelay.books.forecast import History, history
from promptrelay.database.accounts import accounts, model_lists
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.schema import NO_CAP_NANOS
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.model import ModelList
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the provider last said it holds for us."""

    amount: Usd
    age_s: float
    floor: Usd = ZERO
    """What has to be left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Everything a forecast rests on; by default nothing is known but the published figures."""

    limits: AccountTerms = field(default_factory=AccountTerms)
    history: History = field(default_factory=History)
    models: Mapping[Platform, ModelList] = field(default_factory=dict)
    balance: Balance | None = None
    paused: str | None = None
    """Why the account is paused; None: it is not."""


def read_outlook(database: Database, account: str, limits: AccountTerms) -> Outlook:
    """Read all of it from one state of the database."""
    with database.read() as connection:
        row = accounts.find(connection, account)
        balance = None
        if row is not None and row["balance_nanos"] is not None:
            floor = row["balance_floor_nanos"]
            balance = Balance(
                amount=Usd(row["balance_nanos"]),
                age_s=max(0.0, database_time(connection) - row["balance_at"]),
                floor=Usd(floor) if floor > -NO_CAP_NANOS else ZERO,
            )
        return Outlook(
            limits=limits,
            history=history(connection, account),
            models=model_lists.read(connection, account),
            balance=balance,
            paused=row["reason"] or "" if row is not None and row["state"] == "paused" else None,
        )
