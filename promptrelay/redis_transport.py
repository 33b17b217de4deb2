"""kombu's Redis transport, with which a worker lives on when Redis is killed under it.

When the connection is lost, Celery takes it apart and makes another one. Tasks that run meanwhile end later
and acknowledge their messages on the old channel, which then wants to connect again: with the parameters of
a connection that is gone. kombu fails there with an AttributeError that nobody expects, and the worker ends.
"""

from __future__ import annotations

import logging
from queue import Empty
from typing import Any

from kombu.transport.redis import Channel, Transport
from redis.exceptions import ConnectionError as RedisUnreachable

log = logging.getLogger(__name__)


class SteadyChannel(Channel):
    """A channel that says what it is when its connection has been given up: disconnected."""

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu calls it so
        if getattr(self.connection, "client", None) is None:
            raise RedisUnreachable("the connection of this channel was given up")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]

    def _brpop_read(self, **options: Any) -> Any:
        """Whatever somebody has put into a queue that is no message is dropped, and no worker ends of it."""
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.error("message.dropped", extra={"why": f"it is no message ({type(error).__name__})"})
            raise Empty from None


class SteadyTransport(Transport):
    """The transport with those channels."""

    Channel = SteadyChannel
