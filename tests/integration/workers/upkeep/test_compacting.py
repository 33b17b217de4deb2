"""Small segments become one, rows keep reading the same bytes, and leftovers go after a week."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa

from promptrelay.answers.layout import segment_key
from promptrelay.answers.manifest import read_manifest
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.database import schema
from promptrelay.domain.ids import new_id
from workers.upkeep.compact import tidy_up
from workers.upkeep.tidy import KEPT_S, delete_unreferenced

RUN = new_id()


def _answer(rooms: Any, number: int) -> str:
    """One settled answer in a segment of its own; returns its provider id."""
    attempt, job, provider_id = new_id(), f"{number:032x}", f"task-{number}"
    line = Line(attempt, job, RUN, "claude", "standard", provider_id, 1.0, b'{"n": %d.10}' % number)
    segment = encode_segment([line])
    key = segment_key("default", RUN, "claude", segment.sha256)
    rooms.answers.put_new(key, segment.body)
    place = segment.placements[attempt]
    with rooms.database.write() as connection:
        connection.execute(
            sa.insert(schema.attempts).values(
                id=attempt, job_id=job, run_id=RUN, account="default", platform="claude", method="standard",
                model="m", state="settled", created_at=1.0, send_by=1.0, boot_id="b", boot_s=1.0,
                provider_id=provider_id,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(schema.provider_tasks).values(
                provider_id=provider_id, attempt_id=attempt, seen_at=1.0, segment=key,
                line_no=place.line_no, line_sha256=place.line_sha256,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(schema.segments).values(
                key=key, run_id=RUN, platform="claude", answers=1, bytes=len(segment.body), stored_at=1.0
            )
        )
    return provider_id


def _finished_run(rooms: Any) -> None:
    with rooms.database.write() as connection:
        connection.execute(
            sa.insert(schema.runs).values(
                id=RUN, account="default", campaign="c", fingerprint="f", generation=1, state="finished",
                options={}, created_at=1.0,
            )
        )  # fmt: skip


def _places(rooms: Any) -> dict[str, tuple[str, int, str]]:
    tasks = schema.provider_tasks
    with rooms.database.read() as connection:
        rows = connection.execute(
            sa.select(tasks.c.provider_id, tasks.c.segment, tasks.c.line_no, tasks.c.line_sha256)
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}


def test_a_finished_runs_segments_become_one_and_every_row_still_reads_its_own_answer(rooms: Any) -> None:
    _finished_run(rooms)
    for number in range(7):
        _answer(rooms, number)
    reader = AnswerReader(rooms.answers)
    before = {key: reader.read(*place) for key, place in _places(rooms).items()}
    tidy_up(rooms.database, rooms.answers, "default")
    places = _places(rooms)
    assert len({segment for segment, _, _ in places.values()}) == 1
    assert {key: reader.read(*place) for key, place in places.items()} == before


def test_the_manifest_names_exactly_the_answers_of_the_run(rooms: Any) -> None:
    _finished_run(rooms)
    for number in range(3):
        _answer(rooms, number)
    tidy_up(rooms.database, rooms.answers, "default")
    with rooms.database.read() as connection:
        key = connection.execute(sa.select(schema.runs.c.manifest)).scalar_one()
    manifest = read_manifest(rooms.answers, key)
    assert manifest.answers == 3
    assert {s.key for s in manifest.segments} == {segment for segment, _, _ in _places(rooms).values()}


def test_compacting_twice_changes_nothing(rooms: Any) -> None:
    _finished_run(rooms)
    for number in range(3):
        _answer(rooms, number)
    tidy_up(rooms.database, rooms.answers, "default")
    places = _places(rooms)
    tidy_up(rooms.database, rooms.answers, "default")
    assert _places(rooms) == places


def test_only_old_segments_without_a_row_are_deleted(rooms: Any) -> None:
    _finished_run(rooms)
    for number in range(3):
        _answer(rooms, number)
    tidy_up(rooms.database, rooms.answers, "default")
    assert delete_unreferenced(rooms) == 0
    long_ago = rooms.clock.now() - KEPT_S - 60
    for path in (rooms.root / "answers").rglob("*.zst"):
        os.utime(path, (long_ago, long_ago))
    assert delete_unreferenced(rooms) == 3
    reader = AnswerReader(rooms.answers)
    assert sorted(reader.read(*place) for place in _places(rooms).values()) == [
        b'{"n": 0.10}', b'{"n": 1.10}', b'{"n": 2.10}'
    ]  # fmt: skip
