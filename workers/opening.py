"""Opens the rooms from the settings; the only place where workers meet the environment."""

from __future__ import annotations

from celery import Celery

from config.settings import Settings
from promptrelay.answers.post_numbers import remembered
from promptrelay.answers.spool import Spool
from promptrelay.answers.store import open_store
from promptrelay.broker import Publisher
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure
from promptrelay.database.readiness import when_open
from promptrelay.dataforseo.limits.post_numbers import PostNumbers
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import STANDARD_PLATFORMS, Platform
from promptrelay.domain.waits import Waits
from promptrelay.wiring import (
    database_url,
    failpoints,
    list_allowances,
    live_slots,
    provider_client,
    rate_allowance,
    redis_client,
    results_url,
    search_terms,
    terms,
)
from workers.rooms import Pace, Rooms
from workers.store_gate import StoreGate

_UNCHANGED_S = 3_600.0
_KEPT_S = 30 * 86_400.0
"""Both are P20's, and no settings."""


def open_rooms(settings: Settings, app: Celery) -> Rooms:
    """The rooms of this process; waits for the database and its tables.

    Raises what the database or the store raise when they cannot be used.
    """
    clock, waits = SystemClock(), Waits()
    database = Database(database_url(settings), clock)
    deployment = when_open(database, ensure)
    connection_to_redis = redis_client(settings.redis_url)
    account = settings.account
    answers = open_store(results_url(settings))
    lists = list_allowances(settings, connection_to_redis)
    return Rooms(
        account=account,
        deployment=deployment,
        database=database,
        client=provider_client(settings),
        answers=answers,
        spool=Spool(DataDir(settings.data_dir).spool),
        gate=StoreGate(answers, account, clock, waits),
        waits=waits,
        allowance=rate_allowance(settings, connection_to_redis, clock),
        ready_allowance=lists["tasks_ready"],
        id_list_allowance=lists["id_list"],
        user_data_allowance=lists["user_data"],
        slots=live_slots(settings, connection_to_redis),
        posts=PostNumbers(
            connection_to_redis,
            account=account,
            deployment=deployment,
            remembered=lambda: remembered(answers, account, deployment),
        ),
        publisher=Publisher(app, account),
        clock=clock,
        terms=terms(settings),
        pace=_pace(settings),
        search_terms=search_terms(settings),
        witness_models=_witness_models(settings),
        passes=failpoints(settings),
    )


def _witness_models(settings: Settings) -> dict[Platform, str]:
    if not settings.buy_witness:
        return {}
    return {platform: settings.model_for(platform) for platform in STANDARD_PLATFORMS}


def _pace(settings: Settings) -> Pace:
    return Pace(
        send_window_s=settings.send_window_s,
        look_lease_s=settings.look_lease_s,
        poll_first_s=settings.scaled("poll_first_s"),
        poll_max_s=settings.scaled("poll_max_s"),
        standard_deadline_s=settings.scaled("standard_deadline_s"),
        expiry_grace_s=settings.scaled("expiry_grace_s"),
        unchanged_s=_UNCHANGED_S / settings.time_scale,
        kept_s=_KEPT_S / settings.time_scale,
        retry_wait_s=settings.scaled("retry_wait_s"),
        max_attempts=settings.max_attempts,
        probe_every_s=settings.scaled("probe_every_s"),
        time_scale=settings.time_scale,
        last_word_s=settings.last_word_s,
    )
