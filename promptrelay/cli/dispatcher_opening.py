"""Opens the dispatcher from the settings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import redis
from celery import Celery

from config.celery_options import celery_options
from config.settings import Settings
from producers.clock.dispatcher import Dispatcher
from producers.clock.live_feed import LiveFeed
from producers.clock.recovery import Recovery
from producers.schedules.tick import Firing
from promptrelay.broker import Publisher, make_app
from promptrelay.cli.calendar import calendar_of
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.cli.settings import load_settings
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure, ensure_account
from promptrelay.domain.clock import Clock, SystemClock
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.money import Usd
from promptrelay.redis_url import broker_url, client_url
from promptrelay.wiring import account_terms, database_url, failpoints, live_slots, search_terms, terms

_SPARE = 1.5
"""The limit on asking for the balance leaves turns for the last looks at answers."""


def open_dispatcher() -> Dispatcher:
    """A dispatcher on the configured database and Redis."""
    settings = load_settings()
    clock = SystemClock()
    database = Database(database_url(settings), clock)
    with database.write() as connection:
        ensure(connection)
        floor, cap = settings.balance_floor_usd, settings.daily_cap_usd
        ensure_account(
            connection,
            settings.account,
            balance_floor=None if floor is None else Usd.of(floor),
            daily_cap=None if cap is None else Usd.of(cap),
        )
    client = redis.Redis.from_url(client_url(settings.redis_url), socket_timeout=10, socket_connect_timeout=5)
    app = make_app("dispatcher", celery_options(broker_url(settings.redis_url)))
    return dispatcher_of(
        settings, database=database, clock=clock, client=client, app=app, publisher=Publisher(app)
    )


def dispatcher_of(
    settings: Settings,
    *,
    database: Database,
    clock: Clock,
    client: redis.Redis,
    app: Celery,
    publisher: Publisher,
) -> Dispatcher:
    """A dispatcher with the settings' waits and limits, on what is open already."""

    def note(evidence: list[OutcomeUnknown]) -> None:
        with database.write() as connection:
            record(connection, evidence, terms=terms(settings), max_tries=settings.max_attempts)

    return Dispatcher(
        firing=_firing(settings, database, clock),
        database=database,
        app=app,
        publisher=publisher,
        redis=client,
        live=LiveFeed(database, live_slots(settings, client), settings.live_slots, settings.live_lease_s),
        clock=clock,
        record=note,
        claim_lease_s=settings.claim_lease_s,
        look_lease_s=settings.look_lease_s,
        send_window_s=settings.send_window_s,
        call_deadline_s=max(settings.call_deadline_s, settings.live_deadline_s),
        balance_every_s=max(
            settings.scaled("balance_every_s"), _SPARE * 60.0 / settings.user_data_per_minute
        ),
        recovery=Recovery(
            search_every_s=search_terms(settings).search_every_s,
            watch_s=settings.scaled("standard_deadline_s"),
            time_scale=settings.time_scale,
            id_list_per_minute=settings.id_list_per_minute,
        ),
        last_look_after_s=0.0
        if settings.polling
        else settings.scaled("standard_deadline_s") + settings.scaled("expiry_grace_s"),
    )


def _firing(settings: Settings, database: Database, clock: Clock) -> Firing:
    return Firing(
        database=database,
        calendar=calendar_of(settings),
        read_spec=spec_reader(settings),
        limits=account_terms(settings),
        threads=ThreadPoolExecutor(1, "campaign-reader"),
        clock=clock,
        grace_s=settings.misfire_grace_s,
        passes=failpoints(settings),
    )
