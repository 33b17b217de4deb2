"""Which small segments may become one, and the switch of the rows that refer to them (P18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.presence import any_row
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


def piles(connection: sa.Connection, account: str, *, most: int = 2000) -> list[Pile]:
    """What to merge of the account's runs: at their end all that is small, before that once 1,000 answers
    are there.

    A run whose manifest is written is not read again: what was worth merging is merged before.
    """
    unwritten = sa.select(runs.c.id).where(
        runs.c.account == account, runs.c.manifest.is_(None), runs.c.purge_at.is_(None)
    )
    statement = (
        sa.select(segments.c.run_id, segments.c.platform, sa.func.sum(segments.c.answers).label("answers"))
        .where(segments.c.run_id.in_(unwritten), segments.c.answers < SMALL_ANSWERS)
        .group_by(segments.c.run_id, segments.c.platform)
        .having(sa.func.count() > 1)
    )
    found = connection.execute(statement).all()
    over = _over(connection, {row.run_id for row in found})
    return [
        Pile(row.run_id, row.platform, keys[start : start + most])
        for row in found
        if row.run_id in over or row.answers >= SMALL_ANSWERS
        for keys in [_small_keys(connection, row.run_id, row.platform)]
        for start in range(0, len(keys), most)
        if len(keys) - start > 1
    ]


def _over(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    is_over = runs.c.state.in_((RunState.FINISHED, RunState.CANCELLED))
    return set(connection.execute(sa.select(runs.c.id).where(runs.c.id.in_(ids), is_over)).scalars())


def _small_keys(connection: sa.Connection, run_id: str, platform: str) -> list[str]:
    statement = (
        sa.select(segments.c.key)
        .where(
            segments.c.run_id == run_id,
            segments.c.platform == platform,
            segments.c.answers < SMALL_ANSWERS,
        )
        .order_by(segments.c.stored_at, segments.c.key)
    )
    return list(connection.execute(statement).scalars())


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
    moving = sa.select(provider_tasks.c.provider_id, provider_tasks.c.line_sha256)
    moving = moving.where(provider_tasks.c.segment.in_(old)).order_by(provider_tasks.c.provider_id)
    moved = [
        {"key": provider_id, "line": lines[sha256]}
        for provider_id, sha256 in connection.execute(moving.with_for_update())
        if sha256 in lines
    ]
    if moved:
        statement = sa.update(provider_tasks).where(provider_tasks.c.provider_id == sa.bindparam("key"))
        connection.execute(statement.values(segment=stored.key, line_no=sa.bindparam("line")), moved)
    referred = sa.exists().where(provider_tasks.c.segment == segments.c.key)
    connection.execute(sa.delete(segments).where(segments.c.key.in_(old), ~referred))


def without_manifest(connection: sa.Connection, account: str) -> list[sa.RowMapping]:
    """The account's runs that are over and lack a manifest; a cancelled one waits for what was sent."""
    awaited = any_row(attempts, attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT))
    over = sa.or_(runs.c.state == RunState.FINISHED, sa.and_(runs.c.state == RunState.CANCELLED, ~awaited))
    missing = sa.and_(runs.c.account == account, runs.c.manifest.is_(None), runs.c.purge_at.is_(None))
    return list(connection.execute(sa.select(runs).where(over, missing).limit(20)).mappings())


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
