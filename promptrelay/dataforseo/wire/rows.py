"""The rows of the provider's free lists: ready tasks, models, all tasks, and the account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from promptrelay.dataforseo.wire.fields import (
    as_charge,
    as_count,
    as_flag,
    as_id,
    as_list,
    as_mapping,
    as_name,
    as_text,
    as_time,
    as_usd,
)
from promptrelay.dataforseo.wire.reply import Entry
from promptrelay.dataforseo.wire.text import load
from promptrelay.domain.model import Model
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

_DEEPEST_LIMIT = 16
_OF_NO_TASK = frozenset({"postback_url", "pingback_url", "live"})
_PATH = re.compile(
    r"/ai_optimization/(?P<platform>[a-z_]+)/llm_responses/(?P<function>task_post|task_get|live)\b"
)


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A finished task that nobody has fetched yet."""

    provider_id: str
    tag: str | None
    platform: Platform


@dataclass(frozen=True, slots=True)
class IdRow:
    """A task that the provider knows of, with what it has cost so far."""

    provider_id: str | None
    url: str | None
    platform: Platform | None
    method: Method | None
    posted_at: datetime | None
    done_at: datetime | None
    status: str | None
    cost: Usd | None
    tag: str | None


@dataclass(frozen=True, slots=True)
class IdPage:
    """One page of the list of all tasks."""

    rows: tuple[IdRow, ...]
    limit: int
    offset: int
    server_date: float | None = None

    @property
    def is_last(self) -> bool:
        """Whether the page has room left: then the window has no further rows."""
        return len(self.rows) < self.limit


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A task that ended with an error; it tells no tag."""

    provider_id: str
    code: int
    platform: Platform | None


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One page of the list of errors."""

    rows: tuple[ErrorRow, ...]
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class UserData:
    """The account as the provider sees it."""

    balance: Usd | None
    total: Usd | None
    """All deposits ever."""
    limits: Mapping[str, Decimal]
    """Every limit by its dotted path, such as `rates.limits.minute.total`."""
    server_date: float | None = None


def rows_of(entry: Entry | None) -> list[dict[str, Any]]:
    """The objects in the entry's result; none for null. Raises ValueError for anything but a list of them."""
    result = as_mapping(load(entry.raw)).get("result") if entry else None
    if result is not None and not (isinstance(result, list) and all(isinstance(row, dict) for row in result)):
        raise ValueError("the result is not a list of rows")
    return as_list(result)


def ready_rows(rows: list[dict[str, Any]], asked: Platform) -> list[ReadyRow]:
    """The rows that name a task; only id, tag and endpoint are read, the rest differs between copies."""
    return [
        ReadyRow(provider_id, as_text(row.get("tag")), place(row.get("endpoint"))[0] or asked)
        for row in rows
        if (provider_id := as_id(row.get("id")))
    ]


def models(rows: list[dict[str, Any]]) -> list[Model]:
    """The models with a name that can be kept."""
    return [
        Model(
            name,
            reasoning=as_flag(row.get("reasoning")),
            web_search=as_flag(row.get("web_search_supported")),
            task_post=as_flag(row.get("task_post_supported")),
        )
        for row in rows
        if (name := as_name(row.get("model_name")))
    ]


def id_row(row: dict[str, Any]) -> IdRow:
    """One row of the list of all tasks; a row is never dropped, because its tag alone is evidence."""
    url = as_text(row.get("url"))
    platform, method = place(url)
    metadata = row.get("metadata")
    posted = metadata[0] if isinstance(metadata, list) and metadata else metadata
    return IdRow(
        provider_id=as_id(row.get("id")),
        url=url,
        platform=platform,
        method=method,
        posted_at=as_time(row.get("datetime_posted")),
        done_at=as_time(row.get("datetime_done")),
        status=as_text(row.get("status")),
        cost=as_charge(row.get("cost")),
        tag=as_text(as_mapping(posted).get("tag")),
    )


def error_rows(rows: list[dict[str, Any]]) -> list[ErrorRow]:
    """The rows that name a Standard task and its error; callbacks tell of tasks that may be well."""
    found = []
    for row in rows:
        provider_id, code = as_text(row.get("id")), as_count(row.get("error_code"))
        function = (as_text(row.get("function")) or "").split("/")
        if provider_id and code is not None and not _OF_NO_TASK.intersection(function):
            platform = next((name for name in Platform if name in function), None)
            found.append(ErrorRow(provider_id, code, platform))
    return found


def user_data(rows: list[dict[str, Any]], server_date: float | None) -> UserData:
    """The account's money and limits; the published types name no branch of this API, so all are read."""
    account = rows[0] if rows else {}
    money = as_mapping(account.get("money"))
    limits = {
        f"{part}.limits{path}": number
        for part in ("rates", "money")
        for path, number in _numbers(as_mapping(account.get(part)).get("limits"))
    }
    return UserData(as_usd(money.get("balance")), as_usd(money.get("total")), limits, server_date)


def place(url: object) -> tuple[Platform | None, Method | None]:
    """The platform and method in the address of a call; None for what is not of ours."""
    match = _PATH.search(url) if isinstance(url, str) else None
    if not match or match["platform"] not in set(Platform):
        return None, None
    return Platform(match["platform"]), Method.LIVE if match["function"] == "live" else Method.STANDARD


def _numbers(branch: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, Decimal]]:
    if isinstance(branch, dict) and depth < _DEEPEST_LIMIT:
        for name, value in branch.items():
            yield from _numbers(value, f"{path}.{name}", depth + 1)
    elif isinstance(branch, int | Decimal) and not isinstance(branch, bool):
        yield path, Decimal(branch)
