"""What a message must hold to be obeyed: whoever can write to Redis can send one."""

from __future__ import annotations

import logging
from typing import NoReturn

from celery.exceptions import Ignore

from promptrelay.dataforseo.client import MAX_TASKS_A_POST
from promptrelay.domain.platform import Platform

log = logging.getLogger(__name__)

_LONGEST_ID = 64


def platform_of(value: object) -> Platform:
    """The platform of that name. Raises Ignore, which drops the message."""
    try:
        return Platform(str(value))
    except ValueError:
        _drop("it names no platform")


def id_of(value: object) -> str:
    """The id of one job or attempt. Raises Ignore."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or not value.isascii():
        _drop("it holds something that is no id")
    return value


def ids_of(values: object) -> list[str]:
    """Ids for one paid call, each once. Raises Ignore."""
    return list(dict.fromkeys(map(id_of, _list(values))))


def pairs_of(values: object) -> list[tuple[str, str]]:
    """Attempts with their tasks at the provider. Raises Ignore."""
    pairs = [_list(pair) for pair in _list(values)]
    if any(len(pair) != 2 for pair in pairs):
        _drop("it holds something that is no pair")
    return [(id_of(attempt_id), id_of(provider_id)) for attempt_id, provider_id in pairs]


def _list(values: object) -> list[object]:
    if not isinstance(values, list | tuple) or len(values) > MAX_TASKS_A_POST:
        _drop(f"it holds no list of at most {MAX_TASKS_A_POST}")
    return list(values)


def _drop(why: str) -> NoReturn:
    # Of what it holds nothing is logged: it may be anybody's text.
    log.error("message.dropped", extra={"why": why})
    raise Ignore(why)
