"""Which small segments may become one, and the switch of the rows that refer to them (P18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, provider_tasks, runs, segments
from promptrelay.database.segments.segments import StoredSegment, insert_segments
from promptrelay.domain.evidence import Placement
from promptrelay.domain.states import WATCHED_ATTEMPT, RunState

SMALL_ANSWERS = 1000


@dataclass(frozen=True, slots=True)
class Pile:
    """Small segments of one run and platform, enough to be worth merging."""

    run_id: str
    platform: str
    keys: Sequence[str]


def piles(connection: sa.Connection, *, most: int = 2000) -> list[Pile]:
    """What to merge: at the end of a run everything small, before that once 1,000 answers are there."""
    small = sa.select(segments.c.run_id, segments.c.platform, segments.c.key, segments.c.answers).where(
        segments.c.answers < SMALL_ANSWERS
    )
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(small.order_by(segments.c.stored_at, segments.c.key).limit(most * 10)):
        found[row.run_id, row.platform].append(row)
    known = {run_id for run_id, _ in found}
    over = _those(connection, known, runs.c.state.in_((RunState.FINISHED, RunState.CANCELLED)))
    purged = _those(connection, known, runs.c.purge_at.is_not(None))
    return [
        Pile(run_id, platform, [row.key for row in rows[:most]])
        for (run_id, platform), rows in found.items()
        if len(rows) > 1
        and run_id not in purged
        and (run_id in over or sum(row.answers for row in rows) >= SMALL_ANSWERS)
    ]


def _those(connection: sa.Connection, ids: Collection[str], are: sa.ColumnElement[bool]) -> set[str]:
    return set(connection.execute(sa.select(runs.c.id).where(runs.c.id.in_(ids), are)).scalars())


def places(connection: sa.Connection, keys: Sequence[str]) -> dict[str, list[Placement]]:
    """The lines of these segments that rows refer to, by segment."""
    statement = sa.select(
        provider_tasks.c.segment, provider_tasks.c.line_no, provider_tasks.c.line_sha256
    ).where(provider_tasks.c.segment.in_(keys))
    found: dict[str, list[Placement]] = defaultdict(list)
    for key, line_no, sha256 in connection.execute(statement.order_by(provider_tasks.c.line_no)):
        found[key].append(Placement(key, line_no, sha256))
    return found


def switch(
    connection: sa.Connection, stored: StoredSegment, lines: Mapping[str, int], old: Sequence[str]
) -> None:
    """Point the rows at the merged segment, by their lines' hashes, and forget the old ones without rows."""
    insert_segments(connection, [stored])
    # As evidence locks them: by their ids (P31).
    moving = sa.select(provider_tasks.c.provider_id).where(provider_tasks.c.segment.in_(old))
    connection.execute(moving.order_by(provider_tasks.c.provider_id).with_for_update()).all()
    statement = (
        sa.update(provider_tasks)
        .where(provider_tasks.c.line_sha256 == sa.bindparam("sha"), provider_tasks.c.segment.in_(old))
        .values(segment=stored.key, line_no=sa.bindparam("line"))
    )
    for sha256, line_no in sorted(lines.items()):
        connection.execute(statement, {"sha": sha256, "line": line_no})
    referred = sa.exists().where(provider_tasks.c.segment == segments.c.key)
    connection.execute(sa.delete(segments).where(segments.c.key.in_(old), ~referred))


def without_manifest(connection: sa.Connection) -> list[sa.RowMapping]:
    """Runs that are over and whose manifest is not written yet; a cancelled one waits for what was sent."""
    awaited = sa.exists().where(attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT))
    over = sa.or_(runs.c.state == RunState.FINISHED, sa.and_(runs.c.state == RunState.CANCELLED, ~awaited))
    statement = sa.select(runs).where(over, runs.c.manifest.is_(None), runs.c.purge_at.is_(None)).limit(20)
    return list(connection.execute(statement).mappings())


def answer_lines(connection: sa.Connection, run_id: str) -> dict[tuple[str, str], list[int]]:
    """The lines that are a run's answers, by platform and segment; waste is left out."""
    statement = (
        sa.select(attempts.c.platform, provider_tasks.c.segment, provider_tasks.c.line_no)
        .join(attempts, attempts.c.provider_id == provider_tasks.c.provider_id)
        .where(
            attempts.c.run_id == run_id,
            ~attempts.c.waste,
            attempts.c.id == provider_tasks.c.attempt_id,
            provider_tasks.c.segment.is_not(None),
        )
    )
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for platform, key, line_no in connection.execute(statement):
        found[platform, key].append(line_no)
    return found


def note_manifest(connection: sa.Connection, run_id: str, key: str) -> None:
    """Remember where the run's manifest lies; one that is being purged gets none."""
    statement = sa.update(runs).where(runs.c.id == run_id, runs.c.purge_at.is_(None))
    connection.execute(statement.values(manifest=key))


def outdate_manifests(connection: sa.Connection, run_ids: Collection[str]) -> None:
    """Answers of these runs came or moved after their manifest was written: it is written again."""
    written = sa.and_(runs.c.id.in_(sorted(run_ids)), runs.c.manifest.is_not(None))
    connection.execute(sa.update(runs).where(written).values(manifest=None))
