"""The provider's lists of models, as each account has last seen them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import models
from promptrelay.database.upsert import insert_into
from promptrelay.domain.model import Model, ModelList
from promptrelay.domain.platform import Platform


def keep(connection: sa.Connection, account: str, platform: Platform, listed: Iterable[Model]) -> None:
    """Replace the platform's list with this one; an empty list is no news and changes nothing."""
    values = [
        {
            "account": account,
            "platform": platform.value,
            "name": model.name,
            "reasoning": model.reasoning,
            "web_search": model.web_search,
            "task_post": model.task_post,
        }
        for model in {model.name: model for model in listed}.values()
    ]
    if not values:
        return
    # Not deleted and inserted: two readers of the list at once would insert the same rows.
    connection.execute(_insert_or_update(connection), values)
    ours = (models.c.account == account) & (models.c.platform == platform)
    gone = models.c.name.not_in([value["name"] for value in values])
    connection.execute(sa.delete(models).where(ours, gone))


def _insert_or_update(connection: sa.Connection) -> Any:
    statement: Any = insert_into(connection, models).values(seen_at=now())
    fresh = {name: statement.excluded[name] for name in ("reasoning", "web_search", "task_post", "seen_at")}
    return statement.on_conflict_do_update(index_elements=["account", "platform", "name"], set_=fresh)


def read(connection: sa.Connection, account: str) -> dict[Platform, ModelList]:
    """The list of every platform, empty where none was ever seen."""
    found: dict[Platform, list[Model]] = {platform: [] for platform in Platform}
    seen_at: dict[Platform, float] = {}
    statement = sa.select(models).where(models.c.account == account).order_by(models.c.name)
    for row in connection.execute(statement):
        platform = Platform(row.platform)
        found[platform].append(Model(row.name, row.reasoning, row.web_search, row.task_post))
        seen_at[platform] = row.seen_at
    return {
        platform: ModelList(platform, listed, seen_at=seen_at.get(platform, 0.0))
        for platform, listed in found.items()
    }
