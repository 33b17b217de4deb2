"""Buys the task that a search waits for: one that begins late enough and is listed (P14)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import sqlalchemy as sa

from promptrelay.books.cheapest import cheapest
from promptrelay.books.forecast import history
from promptrelay.database import upkeep
from promptrelay.database.accounts import accounts, model_lists
from promptrelay.database.attempts import unknown
from promptrelay.database.attempts.unknown import Unknown
from promptrelay.database.runs import caps, witness_run
from promptrelay.database.runs.witness_run import Question
from promptrelay.dataforseo.requests.numbers import fewest_tokens
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_FEW_TOKENS = 16


def tend_witness(rooms: Rooms) -> str | None:
    """Buy a witness if unknown outcomes wait for nothing else, and take back one that nothing waits for.

    Returns the job that was made due. Call it after a search that read the whole list.
    """
    if not rooms.witness_models:
        return None
    with rooms.database.read() as connection:
        found = unknown.searched_for(connection, rooms.account, rooms.search_terms, rooms.boot_time())
        waiting = [item for item in found if _waits_for_one(rooms, item)]
        wanted = bool(waiting) and _nothing_else_comes(connection, rooms, found)
    if not waiting:
        _take_back(rooms)
    return _buy(rooms, waiting) if wanted else None


def _waits_for_one(rooms: Rooms, item: Unknown) -> bool:
    """None is bought for what may cost nothing more, nor for what has waited as long as may be."""
    mine = item.method is Method.STANDARD and item.may_cost
    return mine and item.may_be_absent and item.age_s <= rooms.search_terms.max_s


def _nothing_else_comes(connection: sa.Connection, rooms: Rooms, found: Sequence[Unknown]) -> bool:
    """Whether no task of ours can be the witness: none is listed or may be, and none is about to be sent."""
    terms, account = rooms.search_terms, rooms.account
    standard = [item for item in found if item.method is Method.STANDARD]
    if not all(item.may_be_absent for item in standard):
        return False  # It may be taken yet, and is a witness then.
    bound = max(item.absent_from(terms) for item in standard)
    if unknown.accepted_after(connection, account, bound) or unknown.is_sending(connection, account):
        return False
    if len(standard) >= 2 * terms.readable:
        return True  # Posting has stopped until some of them are decided, whatever is due.
    return not caps.is_sending(connection, account, within_s=terms.search_every_s)


def _buy(rooms: Rooms, waiting: Sequence[Unknown]) -> str | None:
    reserve = rooms.terms.fee + rooms.terms.advance
    with rooms.database.read() as connection:
        question = _question(connection, rooms)
        if question is None or not _may_spend(connection, rooms, reserve):
            return None
    with rooms.database.write() as connection:
        every_s = rooms.search_terms.witness_every_s
        if not upkeep.take_turn(connection, rooms.account, "witness", every_s=every_s):
            return None
        served = {item.run_id for item in waiting}
        job_id = witness_run.buy(connection, rooms.account, question, reserve=reserve, served=served)
    if job_id is not None:
        facts = {"job": job_id, "platform": question.platform, "attempts": len(waiting), "runs": len(served)}
        log.warning("witness.bought", extra=facts)
    return job_id


def _may_spend(connection: sa.Connection, rooms: Rooms, reserve: Usd) -> bool:
    """Whether the account sends, and has room for it under its limits (P22); both are asked again at A."""
    standing = accounts.standing(connection, rooms.account)
    return standing is not None and standing.fits(reserve, 1) > 0


def _question(connection: sa.Connection, rooms: Rooms) -> Question | None:
    lists = model_lists.read(connection, rooms.account)
    past, failures = history(connection, rooms.account), witness_run.failures(connection, rooms.account)
    chosen = cheapest(rooms.witness_models, past, lists, failures)
    if chosen is None:
        return None
    platform, model = chosen
    facts = lists[platform].find(model)
    tokens = max(_FEW_TOKENS, fewest_tokens(platform, Method.STANDARD, model, facts))
    return Question(Platform(platform), model, {"max_output_tokens": tokens})


def _take_back(rooms: Rooms) -> None:
    with rooms.database.read() as connection:
        if not witness_run.waiting(connection, rooms.account):
            return
    with rooms.database.write() as connection:
        withdrawn = witness_run.withdraw(connection, rooms.account)
    if withdrawn:
        log.info("witness.withdrawn", extra={"jobs": withdrawn})
