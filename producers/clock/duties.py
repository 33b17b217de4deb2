"""Runs the parts of a tick so that what stands in the way of one stops that one alone, and is said."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from sqlalchemy.exc import SQLAlchemyError

from promptrelay.broker import BrokerUnreachable
from promptrelay.database.errors import AWAY
from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.dataforseo.limits.redis_trial import unfit
from promptrelay.domain.waits import REDIS, Saying, Waits

log = logging.getLogger(__name__)

_REDIS_TROUBLE = (BrokerUnreachable, redis.RedisError, AllowanceUnavailable)


@dataclass(slots=True)
class Duties:
    """A failure waits for the next tick; it is logged when it is news, and then once a minute."""

    waits: Waits
    _said: dict[str, Saying] = field(default_factory=lambda: defaultdict(Saying))

    def run(self, name: str, duty: Callable[[], object]) -> bool:
        """Do the duty; False when Redis was in its way: then whatever else needs Redis can wait as well."""
        try:
            duty()
        except _REDIS_TROUBLE as error:
            self._redis_fails(error)
            return False
        except SQLAlchemyError as error:
            event = "database.unreachable" if isinstance(error, AWAY) else "duty.failed"
            self._say(name, event, type(error).__name__, duty=name)
        else:
            self._said[name].ends()
        return True

    def redis_serves(self) -> None:
        """Everything that needs Redis has been done."""
        self.waits.over(REDIS)
        self._said[REDIS].ends()

    def _redis_fails(self, error: Exception) -> None:
        why = unfit(_root(error)).why
        self.waits.note(REDIS, why)
        self._say(REDIS, "redis.unreachable", type(error).__name__, why=why)

    def _say(self, name: str, event: str, kind: str, **facts: str) -> None:
        if self._said[name].is_due(f"{event} {kind} {facts}"):
            log.error(event, extra={"kind": kind, **facts})


def _root(error: BaseException) -> BaseException:
    """What Redis itself said, under what libraries and we have made of it."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, redis.RedisError):
        found = found.__cause__ or found.__context__
    return found or error
