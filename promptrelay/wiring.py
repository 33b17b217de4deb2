"""What both the workers and the commands build from the settings, so that they never disagree."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import Settings
from promptrelay.data_dir import DataDir
from promptrelay.database.database import sqlite_url
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.dataforseo.limits.rate_allowance import EndpointAllowance, RateAllowance
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.clock import Clock
from promptrelay.domain.drill import Passes, nothing_happens
from promptrelay.domain.money import Usd
from promptrelay.domain.postings import Terms
from promptrelay.domain.search_terms import ROWS_A_CALL, SearchTerms
from promptrelay.redis_url import client_url

_SHORTEST_SEARCH_S = 0.5
"""However fast a test's time runs, a search needs a moment."""


def database_url(settings: Settings) -> str:
    """The configured database, else SQLite in the data directory."""
    return settings.database_url or sqlite_url(DataDir(settings.data_dir).database)


def results_url(settings: Settings) -> str:
    """Where answers lie: the configured store, else the data directory."""
    return settings.results_url or str(DataDir(settings.data_dir).answers)


def redis_client(url: str) -> redis.Redis:
    """A client that gives up soon: whoever waits for Redis holds a thread."""
    return redis.Redis.from_url(client_url(url), socket_timeout=10, socket_connect_timeout=5)


def asking_redis_once(url: str, *, answer_s: float = 10.0) -> redis.Redis:
    """A client that tries once, for those who come back by themselves."""
    return redis.Redis.from_url(
        client_url(url),
        socket_timeout=answer_s,
        socket_connect_timeout=min(answer_s, 5.0),
        retry=Retry(NoBackoff(), 0),
    )


def provider_client(settings: Settings) -> ProviderClient:
    """The provider with the account's credentials."""
    return ProviderClient(
        settings.api_url,
        settings.api_login,
        settings.api_password.get_secret_value(),
        call_deadline_s=settings.call_deadline_s,
        live_deadline_s=settings.live_deadline_s,
    )


def rate_allowance(settings: Settings, connection: redis.Redis, clock: Clock) -> RateAllowance:
    """All calls of the account (P26)."""
    return RateAllowance(
        connection, account=settings.account, calls_per_minute=settings.calls_per_minute, clock=clock
    )


def list_limits(settings: Settings) -> dict[str, int]:
    """Calls a minute of the lists that have a limit of their own, by the list's name."""
    return {
        "tasks_ready": settings.tasks_ready_per_minute,
        "id_list": settings.id_list_per_minute,
        "user_data": settings.user_data_per_minute,
    }


def list_allowances(settings: Settings, connection: redis.Redis) -> dict[str, EndpointAllowance]:
    """The allowances of those lists, by the list's name."""
    return {
        name: EndpointAllowance(connection, settings.account, name, limit)
        for name, limit in list_limits(settings).items()
    }


def live_slots(settings: Settings, connection: redis.Redis) -> LiveSlots:
    """The Live slots: a lease outlasts its start window, the provider's limit and 30 s more (P25)."""
    return LiveSlots(
        connection,
        account=settings.account,
        per_platform=settings.live_slots,
        total=settings.live_slots_total or None,
        lease_s=settings.live_lease_s,
        start_window_s=settings.live_start_window_s,
    )


def terms(settings: Settings) -> Terms:
    """The provider's prices."""
    return Terms(
        fee=Usd.of(settings.fee_usd),
        advance=Usd.of(settings.advance_usd),
        live_fee=Usd.of(settings.live_fee_usd),
        fee_back_on_failure=settings.fee_back_on_failure,
        fee_back_at_expiry=settings.fee_back_at_expiry,
    )


def account_terms(settings: Settings) -> AccountTerms:
    """What bounds the speed, the provider's prices, and what is set aside for an answer."""
    return AccountTerms(
        calls_per_minute=settings.calls_per_minute,
        live_slots=settings.live_slots,
        prices=terms(settings),
        reserve=None if settings.reserve_usd is None else Usd.of(settings.reserve_usd),
    )


def search_terms(settings: Settings) -> SearchTerms:
    """How long an unknown outcome is searched for."""
    return SearchTerms(
        send_window_s=settings.send_window_s,
        call_deadline_s=settings.call_deadline_s,
        live_deadline_s=settings.live_deadline_s,
        provider_slack_s=settings.scaled("provider_slack_s"),
        id_list_lag_s=settings.scaled("id_list_lag_s"),
        searches=settings.recover_looks,
        search_every_s=max(_SHORTEST_SEARCH_S, settings.scaled("recover_look_every_s")),
        max_s=settings.scaled("recover_max_s"),
        readable=settings.id_list_per_minute * ROWS_A_CALL,
    )


def failpoints(settings: Settings) -> Passes:
    """What passes every failpoint, which is nothing unless a drill asks for more."""
    if not settings.active_failpoint:
        return nothing_happens
    from promptrelay.failpoints import parse_failpoints  # noqa: PLC0415 - drills only

    return parse_failpoints(settings.active_failpoint)
