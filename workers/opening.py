"""Opens the rooms from the settings; the only place where workers meet the environment."""

from __future__ import annotations

from collections.abc import Callable

import redis
from celery import Celery

from config.settings import Settings
from promptrelay.answers.post_marks import remembered
from promptrelay.answers.spool import Spool
from promptrelay.answers.store import open_store
from promptrelay.broker import Publisher
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.deployment import ensure
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.live_slots import LiveSlots
from promptrelay.dataforseo.post_memory import PostMemory
from promptrelay.dataforseo.rate_allowance import EndpointAllowance, RateAllowance
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.money import Usd
from promptrelay.domain.postings import Terms
from promptrelay.domain.redis_url import client_url
from promptrelay.domain.search_terms import SearchTerms
from workers.rooms import Pace, Rooms, nothing_happens
from workers.store_gate import StoreGate

_SHORTEST_LOOK_S = 0.5
"""However fast a test's time runs, a look needs a moment."""


def open_rooms(settings: Settings, app: Celery) -> Rooms:
    """The rooms of this process. Raises what the database or the store raise when they cannot be used."""
    clock = SystemClock()
    database = Database(settings.database_url or sqlite_url(settings.data_dir / "promptrelay.sqlite3"), clock)
    with database.write() as connection:
        deployment = ensure(connection)
    connection_to_redis = redis.Redis.from_url(
        client_url(settings.redis_url), socket_timeout=10, socket_connect_timeout=5
    )
    account = settings.account
    answers = open_store(settings.results_url or str(settings.data_dir / "answers"))
    return Rooms(
        account=account,
        deployment=deployment,
        database=database,
        client=ProviderClient(
            settings.api_url,
            settings.api_login,
            settings.api_password.get_secret_value(),
            call_deadline_s=settings.call_deadline_s,
            live_deadline_s=settings.live_deadline_s,
        ),
        answers=answers,
        spool=Spool(settings.data_dir / "spool"),
        gate=StoreGate(answers, account, clock),
        allowance=RateAllowance(
            connection_to_redis, account=account, calls_per_minute=settings.calls_per_minute, clock=clock
        ),
        ready_allowance=EndpointAllowance(
            connection_to_redis, account, "tasks_ready", settings.tasks_ready_per_minute
        ),
        id_list_allowance=EndpointAllowance(
            connection_to_redis, account, "id_list", settings.id_list_per_minute
        ),
        user_data_allowance=EndpointAllowance(
            connection_to_redis, account, "user_data", settings.user_data_per_minute
        ),
        slots=live_slots(settings, connection_to_redis),
        posts=PostMemory(
            connection_to_redis,
            account=account,
            deployment=deployment,
            remembered=lambda: remembered(answers, account, deployment),
        ),
        publisher=Publisher(app),
        clock=clock,
        terms=terms(settings),
        pace=_pace(settings),
        search_terms=search_terms(settings),
        passes=failpoints(settings),
    )


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
    """The provider's prices of a Standard task."""
    return Terms(
        fee=Usd.of(settings.fee_usd),
        advance=Usd.of(settings.advance_usd),
        fee_back_on_failure=settings.fee_back_on_failure,
        fee_back_at_expiry=settings.fee_back_at_expiry,
    )


def search_terms(settings: Settings) -> SearchTerms:
    """How long an unknown outcome is searched for."""
    return SearchTerms(
        send_window_s=settings.send_window_s,
        call_deadline_s=settings.call_deadline_s,
        live_deadline_s=settings.live_deadline_s,
        provider_slack_s=settings.scaled("provider_slack_s"),
        id_list_lag_s=settings.scaled("id_list_lag_s"),
        looks=settings.recover_looks,
        look_every_s=max(_SHORTEST_LOOK_S, settings.scaled("recover_look_every_s")),
        max_s=settings.scaled("recover_max_s"),
    )


def failpoints(settings: Settings) -> Callable[[str], None]:
    """What passes every failpoint, which is nothing unless a drill asks for more."""
    if not settings.active_failpoint:
        return nothing_happens
    from workers.failpoints import parse_failpoints  # noqa: PLC0415 - drills only

    return parse_failpoints(settings.active_failpoint)


def _pace(settings: Settings) -> Pace:
    return Pace(
        send_window_s=settings.send_window_s,
        call_deadline_s=settings.call_deadline_s,
        live_deadline_s=settings.live_deadline_s,
        look_lease_s=settings.look_lease_s,
        poll_first_s=settings.scaled("poll_first_s"),
        poll_max_s=settings.scaled("poll_max_s"),
        standard_deadline_s=settings.scaled("standard_deadline_s"),
        expiry_grace_s=settings.scaled("expiry_grace_s"),
        retry_wait_s=settings.scaled("retry_wait_s"),
        max_attempts=settings.max_attempts,
        probe_every_s=settings.scaled("probe_every_s"),
        time_scale=settings.time_scale,
        last_word_s=settings.last_word_s,
    )
