"""Opens the dispatcher from the settings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import redis
import sqlalchemy as sa

from config.celery_options import celery_options
from config.settings import Settings
from producers.clock.dispatcher import Dispatcher
from producers.clock.live_feed import LiveFeed
from producers.clock.recovery import Recovery
from producers.schedules.tick import Firing
from promptrelay.broker import Publisher, make_app
from promptrelay.cli.calendar import calendar_of
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure, ensure_account
from promptrelay.database.readiness import when_open
from promptrelay.domain.clock import Clock, SystemClock
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.money import Usd
from promptrelay.heartbeat import DISPATCHER, Heartbeat, this_process
from promptrelay.redis_url import broker_url
from promptrelay.wiring import (
    account_terms,
    asking_redis_once,
    database_url,
    failpoints,
    live_slots,
    search_terms,
    terms,
)

_REDIS_ANSWERS_S = 5.0
"""A Redis that is silent must not keep the rest of a tick waiting for longer."""
_STANDS_AFTER_S = 60.0
_SPARE = 1.5
"""The limit on asking for the balance leaves turns for the last looks at answers."""


def open_dispatcher(settings: Settings) -> Dispatcher:
    """A dispatcher on the configured database and Redis; waits for the database and its tables."""
    clock = SystemClock()
    client = asking_redis_once(settings.redis_url, answer_s=_REDIS_ANSWERS_S)
    database = Database(database_url(settings), clock)

    def make_known(connection: sa.Connection) -> None:
        ensure(connection)
        floor, cap = settings.balance_floor_usd, settings.daily_cap_usd
        ensure_account(
            connection,
            settings.account,
            balance_floor=None if floor is None else Usd.of(floor),
            daily_cap=None if cap is None else Usd.of(cap),
        )

    when_open(database, make_known)
    app = make_app("dispatcher", celery_options(broker_url(settings.redis_url)), account=settings.account)
    publisher = Publisher(app, settings.account)
    return dispatcher_of(settings, database=database, clock=clock, client=client, publisher=publisher)


def heartbeat_of(clock: Dispatcher) -> Heartbeat:
    """Its heartbeat, not yet begun; a dispatcher whose ticks do not end counts as dead."""
    return Heartbeat(
        clock.database,
        this_process(DISPATCHER, clock.account),
        clock.clock,
        clock.waits,
        is_going=lambda: clock.clock.boottime() - clock.ticked_at < _STANDS_AFTER_S,
    )


def dispatcher_of(
    settings: Settings,
    *,
    database: Database,
    clock: Clock,
    client: redis.Redis,
    publisher: Publisher,
) -> Dispatcher:
    """A dispatcher with the settings' waits and limits, on what is open already."""

    def note(evidence: list[OutcomeUnknown]) -> None:
        with database.write() as connection:
            record(connection, evidence, terms=terms(settings), max_tries=settings.max_attempts)

    return Dispatcher(
        firing=_firing(settings, database, clock),
        database=database,
        account=settings.account,
        publisher=publisher,
        redis=client,
        live=LiveFeed(
            settings.account,
            database,
            live_slots(settings, client),
            settings.live_slots,
            settings.live_lease_s,
        ),
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
            account=settings.account,
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
        account=settings.account,
        database=database,
        calendar=calendar_of(settings),
        read_spec=spec_reader(settings),
        limits=account_terms(settings),
        threads=ThreadPoolExecutor(1, "campaign-reader"),
        clock=clock,
        grace_s=settings.misfire_grace_s,
        passes=failpoints(settings),
    )
