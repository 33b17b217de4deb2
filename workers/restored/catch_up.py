"""Brings a database that went back in time up to what was sent with it, before anything is sent again (P30).

Everything with our mark that the provider took since then, and every Live answer that was stored since, is
evidence. Tags name job and attempt, so what belongs to a job that the database knows is put back; what
belongs to a run that it does not know is named and left to `reconcile`, never guessed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from promptrelay.answers.errors import AnswerDamaged
from promptrelay.answers.layout import live_folder
from promptrelay.answers.segment import decode_line, iter_raw
from promptrelay.database.accounts import post_numbers
from promptrelay.database.attempts import looks, restored
from promptrelay.database.attempts.restored import LostAttempt
from promptrelay.dataforseo.id_search import Span, read_window
from promptrelay.dataforseo.wire.rows import IdRow
from promptrelay.domain.tag import Tag
from workers.collecting.live_answer import answered_live, read_live, stored_live
from workers.collecting.settle import belongs
from workers.recording import keep
from workers.rooms import Rooms
from workers.unknown.id_list import Ask, IdList
from workers.unknown.listed_tasks import ours, read_tasks

log = logging.getLogger(__name__)

_MARGIN_S = 300.0
"""How much earlier than its last known moment a database may lack something: what was on its way then."""
_CLOCKS_APART_S = 3600.0
"""How far the store's clock may be from the database's."""
_AT_ONCE = 200


@dataclass(slots=True)
class CaughtUp:
    """What was found to be missing."""

    listed: int = 0
    """Tasks with our mark that the provider took in between."""
    put_back: int = 0
    """Attempts that the database had lost."""
    live_answers: int = 0
    """Live answers that only the store still knew."""
    strangers: list[str] = field(default_factory=list)
    """Attempts of runs or jobs that the database does not know at all; what they cost is unexplained."""


def catch_up(rooms: Rooms, ask: Ask) -> CaughtUp | None:
    """Read what is missing and put it back, then let the account send again.

    None: the database is not behind, or the provider may not list everything yet: come again. Raises
    ProviderError, NeverStill and AnswerError; what was put back by then stays.
    """
    with rooms.database.read() as connection:
        gap = post_numbers.gap(connection, rooms.account)
    if gap is None or gap.wait_s > 0:
        return None
    done = CaughtUp()
    _adopt_live(rooms, gap.since, done)
    id_list = IdList(rooms.database, ask)
    window = Span(*id_list.to_theirs(gap.since - _MARGIN_S, gap.until))
    listed = ours(read_window(id_list.page, window), rooms.deployment)
    done.listed = len(listed)
    for start in range(0, len(listed), _AT_ONCE):
        _adopt(rooms, listed[start : start + _AT_ONCE], done)
    with rooms.database.write() as connection:
        post_numbers.catch_up(connection, rooms.account, highest=rooms.posts.highest())
    log.warning("database.caught_up", extra=asdict(done))
    return done


def _adopt(rooms: Rooms, listed: Sequence[tuple[Tag, IdRow]], done: CaughtUp) -> None:
    ids = {tag.attempt for tag, _ in listed}
    with rooms.database.read() as connection:
        known = restored.known(connection, ids)
    lost = [
        LostAttempt(tag.attempt, tag.job, tag.run, row.posted_at.timestamp() if row.posted_at else 0.0)
        for tag, row in listed
        if tag.attempt not in known
    ]
    _put_back(rooms, lost, done)
    # A Live call that still runs is put back and searched for like any other: its cost is not known yet.
    keep(rooms, read_tasks(rooms.database, listed, advance=rooms.terms.advance).new)


def _put_back(rooms: Rooms, lost: Sequence[LostAttempt], done: CaughtUp) -> None:
    if not lost:
        return
    with rooms.database.write() as connection:
        found = restored.put_back(connection, rooms.account, lost)
    done.put_back += len(found)
    strangers = sorted({item.attempt_id for item in lost} - found)
    if strangers:
        log.warning("database.strangers", extra={"attempts": strangers})
        done.strangers += strangers


def _adopt_live(rooms: Rooms, since: float, done: CaughtUp) -> None:
    """Live answers that were stored since then: the object is the answer (P19)."""
    for key, attempt_id in _stored_since(rooms, since - _CLOCKS_APART_S):
        body = rooms.answers.get(key)
        try:
            (raw,) = iter_raw(body)
            line = decode_line(raw)
        except (AnswerDamaged, ValueError):
            log.error("live.damaged", extra={"key": key})
            continue
        lost = LostAttempt(attempt_id, line.job_id, line.run_id, line.received_at, answered=True)
        with rooms.database.read() as connection:
            is_known = attempt_id in restored.known(connection, [attempt_id])
        if not is_known:
            _put_back(rooms, [lost], done)
        with rooms.database.read() as connection:
            attempt = looks.find(connection, attempt_id)
        if attempt is None or attempt["settled_at"] is not None:
            continue
        item, placement = read_live(key, attempt, body)
        if belongs(rooms, item):
            keep(rooms, [answered_live(item, placement)], [stored_live(key, attempt, body)])
            done.live_answers += 1


def _stored_since(rooms: Rooms, since: float) -> Iterator[tuple[str, str]]:
    for item in rooms.answers.list(live_folder(rooms.account)):
        if item.modified_at >= since:
            yield item.key, item.key.rpartition("/")[2].partition(".")[0]
