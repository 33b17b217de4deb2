"""Finds out what became of paid calls whose reply nobody read (P10-P15, P19, P31)."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from celery import shared_task

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.broker import RECOVER
from promptrelay.database import upkeep
from promptrelay.dataforseo.errors import AccountRefused, Unreadable
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.wire.reply import Reply
from promptrelay.dataforseo.wire.rows import ErrorPage, IdPage
from promptrelay.domain.platform import Platform
from workers.reactions import react
from workers.recording import keep
from workers.rooms import Rooms
from workers.unknown.hidden_failures import HiddenFailures
from workers.unknown.id_list import Ask, IdList
from workers.unknown.left_behind import take_over
from workers.unknown.search import Search, Swept
from workers.unknown.witness import tend_witness

log = logging.getLogger(__name__)

_TURN = "recover.search"
_ALLOWANCE_WAIT_S = 60.0


@shared_task(bind=True, name=RECOVER)
def recover(self: Any) -> None:
    """Search once; the dispatcher gives it out again."""
    rooms = self.app.rooms
    search_once(rooms, lambda since, until, offset: ask_list(rooms, since, until, offset), _failures(rooms))


def search_once(
    rooms: Rooms, ask: Ask, failures: HiddenFailures | None = None, *, buys_witness: bool = True
) -> Swept | None:
    """Take over what was left behind, then search for what is unknown; None while another search is on.

    `failures` asks for what the list hides. `buys_witness`: a stack runs that would send one, if outcomes
    wait for nothing else (P14).
    """
    with rooms.database.write() as connection:
        if not upkeep.take_turn(connection, rooms.account, _TURN, every_s=rooms.pace.look_lease_s):
            return None
    try:
        swept = _search(rooms, ask, failures)
        if buys_witness and swept.trouble is None:
            tend_witness(rooms)
    finally:
        with rooms.database.write() as connection:
            upkeep.set_turn(connection, rooms.account, _TURN, in_s=0.0)
    if swept.searched:
        log.info("search.done", extra=asdict(swept))
    return swept


def _search(rooms: Rooms, ask: Ask, failures: HiddenFailures | None) -> Swept:
    try:
        take_over(rooms, lost_too=_turn_for_lost(rooms))
    except StoreUnavailable as error:
        # P19: an answer may lie where nobody can look now, so nothing is given up meanwhile.
        return Swept(trouble=str(error))
    return _make_search(rooms, ask, failures).sweep()


def _failures(rooms: Rooms) -> HiddenFailures:
    return HiddenFailures(
        rooms.database,
        rooms.deployment,
        list_errors=lambda since, until, offset: ask_errors(rooms, since, until, offset),
        look=lambda platform, provider_id: ask_task(rooms, platform, provider_id),
        retry_wait_s=rooms.pace.retry_wait_s,
        foreign=rooms.foreign_tasks,
    )


def _turn_for_lost(rooms: Rooms) -> bool:
    """A Live answer that was given up comes rarely, so it is asked for rarely: ten looks apart."""
    every_s = 10 * rooms.search_terms.search_every_s
    with rooms.database.write() as connection:
        return upkeep.take_turn(connection, rooms.account, "recover.lost", every_s=every_s)


def _make_search(rooms: Rooms, ask: Ask, failures: HiddenFailures | None) -> Search:
    return Search(
        account=rooms.account,
        deployment=rooms.deployment,
        database=rooms.database,
        clock=rooms.clock,
        terms=rooms.search_terms,
        advance=rooms.terms.advance,
        id_list=IdList(rooms.database, ask),
        record=lambda evidence: keep(rooms, evidence),
        retry_wait_s=rooms.pace.retry_wait_s,
        hidden=failures,
    )


def ask_list(rooms: Rooms, since: datetime, until: datetime, offset: int) -> IdPage:
    """A page, within the limits of the list and of the account. Raises ProviderError."""
    with rooms.database.write() as connection:
        upkeep.set_turn(connection, rooms.account, _TURN, in_s=rooms.pace.look_lease_s)
    _take_turn(rooms, of_list=True)
    try:
        return rooms.client.list_ids(since, until, offset=offset)
    except (AccountRefused, Unreadable) as error:
        react(rooms, error.code, Call.GET)
        raise


def ask_errors(rooms: Rooms, since: datetime, until: datetime, offset: int) -> ErrorPage:
    """A page of failed tasks, within the limits of the lists. Raises ProviderError."""
    _take_turn(rooms, of_list=True)  # The lists of tasks and of errors have one limit each, and the same.
    return rooms.client.list_errors(since, until, offset=offset)


def ask_task(rooms: Rooms, platform: Platform, provider_id: str) -> Reply:
    """A look at a task that may be anybody's. Raises ProviderError."""
    _take_turn(rooms)
    return rooms.client.get_task(platform, provider_id)


def _take_turn(rooms: Rooms, *, of_list: bool = False) -> None:
    if of_list and rooms.id_list_allowance.take(wait_s=_ALLOWANCE_WAIT_S) is None:
        raise Unreadable(reason="the calls of id_list are used up")
    if rooms.allowance.take(Share.COLLECTING, wait_s=_ALLOWANCE_WAIT_S) is None:
        raise Unreadable(reason="the rate allowance is used up")
