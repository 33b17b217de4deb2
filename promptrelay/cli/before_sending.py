"""What can be known before the first paid call: whether answers can be kept, and whether Redis can serve."""

from __future__ import annotations

from config.settings import Settings
from promptrelay.answers.errors import AnswerError, StoreMisconfigured, StoreRefused
from promptrelay.answers.store import open_store
from promptrelay.answers.trial import what_is_wrong
from promptrelay.cli.errors import CommandFailed, UsageWrong
from promptrelay.dataforseo.limits.redis_trial import RedisUnfit, try_redis
from promptrelay.wiring import asking_redis_once, results_url

_ANSWER_WITHIN_S = 10.0
_REFUSED = (
    "its keys come from the environment (AWS_ACCESS_KEY_ID and others), profiles are not read;"
    " and the bucket has to be there"
)


def refuse_what_cannot_serve(settings: Settings) -> None:
    """Return if the store of answers and a configured Redis pass their trials. Raises CommandFailed."""
    _try_store(results_url(settings))
    if settings.redis_url:
        try:
            try_redis(asking_redis_once(settings.redis_url, answer_s=_ANSWER_WITHIN_S))
        except RedisUnfit as error:
            raise CommandFailed(f"nothing was sent: {error}") from None


def _try_store(url: str) -> None:
    try:
        wrong = what_is_wrong(open_store(url, fail_after_s=_ANSWER_WITHIN_S))
    except StoreMisconfigured as error:
        raise UsageWrong(f"nothing was sent: {error}; correct PROMPTRELAY_RESULTS_URL") from None
    except StoreRefused as error:
        raise CommandFailed(f"nothing was sent: {url}: {error}; {_REFUSED}") from None
    except AnswerError as error:
        raise CommandFailed(
            f"nothing was sent: {url}: {error}; see that the store is there and lets us write"
        ) from None
    if wrong is not None:
        raise CommandFailed(
            f"nothing was sent: {url} {wrong}; use another store, answers are not safe in this one"
        )
