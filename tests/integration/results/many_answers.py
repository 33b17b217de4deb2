"""A finished run of many answered rows, put straight into the tables and the store."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from promptrelay.answers.layout import segment_key
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.answers.store import open_store
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, deliveries, jobs, provider_tasks, rows, runs

RUN = "01JZZZZZZZZZZZZZZZZZZZZZZZ"
_SLICE = 1000


def answer_many(database: Database, store_dir: Path, count: int, *, text: str = "an answer ") -> str:
    """The id of the run, whose rows were settled in the opposite order of the input."""
    store = open_store(str(store_dir))
    with database.write() as connection:
        facts = {"account": "main", "campaign": "many", "fingerprint": "f", "generation": 1}
        values = {"id": RUN, "state": "finished", "options": {}, "created_at": 0.0, **facts}
        connection.execute(sa.insert(runs).values(values))
    for start in range(0, count, _SLICE):
        numbers = range(start + 1, min(start + _SLICE, count) + 1)
        segment = encode_segment(_line(number, text) for number in numbers)
        key = segment_key("main", RUN, "chat_gpt", segment.sha256)
        store.put_new(key, segment.body)
        places = {
            number: {
                "segment": key,
                "line_no": segment.placements[_attempt(number)].line_no,
                "line_sha256": segment.placements[_attempt(number)].line_sha256,
            }
            for number in numbers
        }
        with database.write() as connection:
            connection.execute(sa.insert(rows), [_row(number) for number in numbers])
            connection.execute(sa.insert(jobs), [_job(number) for number in numbers])
            connection.execute(
                sa.insert(deliveries),
                [{"run_id": RUN, "row_no": number, "job_id": f"j{number:08}"} for number in numbers],
            )
            connection.execute(sa.insert(attempts), [_tried(number, count) for number in numbers])
            connection.execute(
                sa.insert(provider_tasks), [_task(number) | places[number] for number in numbers]
            )
    return RUN


def _attempt(number: int) -> str:
    return f"01K{number:023}"


def _line(number: int, text: str) -> Line:
    entry = (
        f'{{"id":"p{number}","status_code":20000,"result":[{{"items":[{{"type":"message",'
        f'"sections":[{{"type":"text","text":"{text * (number % 50)}{number}"}}]}}]}}]}}'
    )
    where = {"run_id": RUN, "platform": "chat_gpt", "method": "standard"}
    return Line(
        attempt_id=_attempt(number),
        job_id=f"j{number:08}",
        provider_id=f"p{number}",
        received_at=1.0,
        entry=entry.encode(),
        **where,
    )


def _row(number: int) -> dict[str, object]:
    where = {"run_id": RUN, "row_no": number, "row_id": str(number), "line_no": number + 1}
    return {**where, "prompt": f"question {number}", "variables": {}}


def _job(number: int) -> dict[str, object]:
    what = {"platform": "chat_gpt", "method": "standard", "model": "gpt", "parameters": {}}
    place = {"id": f"j{number:08}", "run_id": RUN, "position": number, "row_no": number, "repeat": 1}
    return {**what, **place, "state": "done", "due_at": 0.0, "answered_by": _attempt(number)}


def _tried(number: int, count: int) -> dict[str, object]:
    what = {"account": "main", "platform": "chat_gpt", "method": "standard", "model": "gpt"}
    guard = {"created_at": 0.0, "send_by": 0.0, "boot_id": "b", "boot_s": 0.0}
    place = {"id": _attempt(number), "job_id": f"j{number:08}", "run_id": RUN, "state": "settled"}
    return {
        **what,
        **guard,
        **place,
        "settled_at": float((count - number) // 100),
        "provider_id": f"p{number}",
    }


def _task(number: int) -> dict[str, object]:
    return {"provider_id": f"p{number}", "attempt_id": _attempt(number), "seen_at": 0.0}
