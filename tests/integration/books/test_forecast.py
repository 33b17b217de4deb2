"""What answers have cost, and the balance, are read alike from both databases."""

from __future__ import annotations

import pytest

from producers.plan.outlook import read_outlook
from promptrelay.books.charges import PLAIN, SEARCHING
from promptrelay.books.forecast import ENOUGH, History, history
from promptrelay.database.accounts import accounts
from promptrelay.database.database import Database
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from tests.integration.database.books import (
    ACCOUNT,
    HeldClock,
    accepted,
    add_job,
    answered,
    failed,
    open_books,
    record,
    send,
)

CHAT, STANDARD = Platform.CHAT_GPT, Method.STANDARD


def _answer(database: Database, number: int, spent: str) -> None:
    attempt_id, provider_id = send(database, add_job(database, number)), f"p{number}"
    record(database, accepted(attempt_id, provider_id), answered(attempt_id, provider_id, spent))


def _history(database: Database, account: str = ACCOUNT) -> History:
    with database.read() as connection:
        return history(connection, account)


def test_twenty_settled_answers_make_the_forecast_their_own(database: Database) -> None:
    """Nearest rank: of 20 the 10th is the median and the 18th the 90th percentile."""
    open_books(database)
    for number in range(1, ENOUGH):
        _answer(database, number, f"0.{number:03d}")
    fails = send(database, add_job(database, 900))
    record(database, accepted(fails, "p900"), failed(fails, "p900"))
    assert _history(database).of(CHAT, STANDARD, "m") == PLAIN
    _answer(database, ENOUGH, "0.100")
    found = _history(database).of(CHAT, STANDARD, "m")
    assert (found.p50, found.p90, found.answers) == (Usd.of("0.01"), Usd.of("0.018"), 20)
    assert found.mean == Usd.of("0.0145")
    assert _history(database).of(CHAT, STANDARD, "other").answers == 20
    assert _history(database).of(CHAT, Method.LIVE, "m", searches=True) == SEARCHING
    assert _history(database, "other").of(CHAT, STANDARD, "m") == PLAIN


def test_the_balance_is_known_with_its_age_and_floor(database: Database, clock: HeldClock) -> None:
    open_books(database)
    assert read_outlook(database, ACCOUNT, AccountTerms()).balance is None
    with database.write() as connection:
        accounts.set_balance(connection, ACCOUNT, Usd.of("12.5"))
    clock.at += 60
    found = read_outlook(database, ACCOUNT, AccountTerms()).balance
    assert found is not None
    assert (found.amount, found.floor) == (Usd.of("12.5"), Usd())
    held = database.engine.dialect.name == "sqlite"  # PostgreSQL's clock is its own.
    assert found.age_s == pytest.approx(60 if held else 0, abs=5)


def test_a_paused_account_is_known_with_its_reason(database: Database) -> None:
    open_books(database)
    assert read_outlook(database, ACCOUNT, AccountTerms()).paused is None
    with database.write() as connection:
        accounts.pause(connection, ACCOUNT, reason="no money", resume_at=None)
    assert read_outlook(database, ACCOUNT, AccountTerms()).paused == "no money"
