"""The lists of models are kept by account and platform, on both databases."""

from __future__ import annotations

from promptrelay.database.accounts import model_lists
from promptrelay.database.database import Database
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Platform
from tests.integration.database.books import HeldClock

CHAT, CLAUDE = Platform.CHAT_GPT, Platform.CLAUDE
OLD, NEW = Model("m", reasoning=False), Model("m", reasoning=True, web_search=False)


def kept(database: Database, account: str = "main", platform: Platform = CHAT) -> tuple[Model, ...]:
    with database.read() as connection:
        return model_lists.read(connection, account)[platform].models


def keep(database: Database, *listed: Model, account: str = "main", platform: Platform = CHAT) -> None:
    with database.write() as connection:
        model_lists.keep(connection, account, platform, listed)


def test_a_list_replaces_the_one_before_it_and_no_other(database: Database, clock: HeldClock) -> None:
    keep(database, OLD, Model("gone"))
    keep(database, OLD, platform=CLAUDE)
    keep(database, OLD, account="other")
    clock.at += 60
    keep(database, NEW, NEW, Model("a"))
    assert kept(database) == (Model("a"), NEW)
    assert kept(database, platform=CLAUDE) == kept(database, account="other") == (OLD,)


def test_an_empty_list_is_no_news(database: Database) -> None:
    keep(database, NEW)
    keep(database)
    assert kept(database) == (NEW,)


def test_the_time_of_the_list_is_known(database: Database) -> None:
    keep(database, NEW)
    with database.read() as connection:
        found = model_lists.read(connection, "main")
    assert found[CHAT].seen_at > 0
    assert not found[CLAUDE]
