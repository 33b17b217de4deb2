"""The provider as a command meets it: free calls only, inside the same limits as the workers'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import redis

from config.settings import Settings
from promptrelay.cli.errors import CommandFailed
from promptrelay.data_dir import DataDir
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.limits.rate_allowance import EndpointAllowance, RateAllowance, Share
from promptrelay.domain.clock import Clock, SystemClock
from promptrelay.redis_url import client_url
from promptrelay.stack.errors import NoProvider
from promptrelay.stack.redis_server import embedded_url, ping
from promptrelay.stack.simulated import running_simulator

_WAIT_S = 60.0
_SPARE_S = 0.25

Found = TypeVar("Found")


@dataclass(slots=True)
class Desk:
    """Makes free calls one after the other. Raises ProviderError as the client does."""

    client: ProviderClient
    clock: Clock
    limits: dict[str, int]
    """Calls a minute of the lists that have a limit of their own, by the list's name."""
    allowance: RateAllowance | None = None
    """None: no Redis and so no worker runs, and the commands of one person stay far below the limit."""
    lists: dict[str, EndpointAllowance] = field(default_factory=dict)
    _called_at: dict[str, float] = field(default_factory=dict)

    def free(self, call: Callable[[ProviderClient], Found], *, of_list: str = "") -> Found:
        """The call's result, after waiting for its turn; `of_list` names a list with a limit of its own."""
        if of_list:
            self._wait_for_list(of_list)
        if self.allowance is not None and self.allowance.take(Share.COLLECTING, wait_s=_WAIT_S) is None:
            raise CommandFailed("the rate allowance is used up for the next minute; try again then")
        return call(self.client)

    def _wait_for_list(self, name: str) -> None:
        if name in self.lists:
            if self.lists[name].take(wait_s=_WAIT_S) is None:
                raise CommandFailed(f"the calls of {name} for this minute are used up; try again then")
            return
        last = self._called_at.get(name)
        if last is not None:
            left_s = last + 60.0 / self.limits[name] + _SPARE_S - self.clock.boottime()
            self.clock.sleep(max(0.0, left_s))
        self._called_at[name] = self.clock.boottime()


@contextmanager
def provider_desk(settings: Settings) -> Iterator[Desk]:
    """A desk for the configured provider, else for the stand-in of a stack that runs on the data directory.

    Raises NoProvider.
    """
    settings = running_simulator(settings)
    if not settings.has_provider:
        raise NoProvider
    client = ProviderClient(
        settings.api_url,
        settings.api_login,
        settings.api_password.get_secret_value(),
        call_deadline_s=settings.call_deadline_s,
    )
    clock = SystemClock()
    limits = {
        "tasks_ready": settings.tasks_ready_per_minute,
        "id_list": settings.id_list_per_minute,
        "user_data": settings.user_data_per_minute,
    }
    desk = Desk(client, clock, limits)
    url = settings.redis_url or embedded_url(DataDir(settings.data_dir).make())
    if settings.redis_url or ping(url):
        connection = redis.Redis.from_url(client_url(url), socket_timeout=10, socket_connect_timeout=5)
        calls = settings.calls_per_minute
        desk.allowance = RateAllowance(
            connection, account=settings.account, calls_per_minute=calls, clock=clock
        )
        desk.lists = {
            name: EndpointAllowance(connection, settings.account, name, limit)
            for name, limit in limits.items()
        }
    try:
        yield desk
    finally:
        client.close()
