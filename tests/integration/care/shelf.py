"""A run with stored answers: attempts, segments and books as the workers leave them."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from promptrelay.answers.layout import live_key, segment_key
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.database import schema
from promptrelay.database.attempts.recording import record
from promptrelay.database.segments.segments import StoredSegment, insert_segments
from promptrelay.dataforseo.wire.reply import Reply, read_reply
from promptrelay.domain.evidence import Accepted, Answered, Placement
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.postings import Terms
from promptrelay.domain.tag import Tag

ACCOUNT, DEPLOYMENT = "default", "shelf"
SPENT = "0.0123"


class Shelf:
    """Answers of one run, and a provider that still has copies of them."""

    def __init__(self, rooms: Any, *, state: str = "finished") -> None:
        self.rooms = rooms
        self.run_id = new_id()
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []
        with rooms.database.write() as connection:
            connection.execute(sa.insert(schema.accounts).values(name=ACCOUNT).prefix_with("OR IGNORE"))
            connection.execute(
                sa.insert(schema.runs).values(
                    id=self.run_id, account=ACCOUNT, campaign="c", fingerprint=self.run_id, generation=1,
                    state=state, options={"parameters": {"system_message": "secret"}}, created_at=1.0,
                    finished_at=2.0,
                )
            )  # fmt: skip

    def answer(self, number: int, *, method: str = "standard", stored: bool = True) -> str:
        """A prompt, its job, and its answer in a segment of its own; the provider's id."""
        attempt, job, provider_id = (
            new_id(),
            f"{self.run_id[-8:].lower()}{number:024x}",
            f"{self.run_id}-{number}",
        )
        self.tags[provider_id] = str(Tag(DEPLOYMENT, self.run_id, job, attempt))
        self._insert(number, attempt, job, method)
        known = Accepted(attempt_id=attempt, provider_id=provider_id, cost=Usd.of("0.0102"))
        with self.rooms.database.write() as connection:
            record(connection, [known], terms=Terms(), max_tries=1)
        if stored:
            self._store(attempt, job, provider_id, method)
        return provider_id

    def copy(self, provider_id: str, *, code: int = 20000, tag: str | None = None) -> Reply:
        """What the provider has of a task."""
        result = [{"model_name": "m", "items": []}]
        entry = {"id": provider_id, "status_code": code, "data": {"tag": tag or self.tags.get(provider_id)}}
        text = json.dumps({**entry, "result": result if code == 20000 else None})
        text = text.replace('"model_name": "m"', f'"model_name": "m", "money_spent": {SPENT}')
        body = '{"status_code": 20000, "tasks_count": 1, "tasks": [' + text + "]}"
        return read_reply(body.encode())

    def get_task(self, _platform: object, provider_id: str) -> Reply:
        self.asked.append(provider_id)
        return self.copy(provider_id)

    def place(self, provider_id: str) -> Any:
        tasks = schema.provider_tasks
        with self.rooms.database.read() as connection:
            statement = sa.select(tasks).where(tasks.c.provider_id == provider_id)
            return connection.execute(statement).mappings().one()

    def count(self, table: sa.Table) -> int:
        with self.rooms.database.read() as connection:
            own = sa.select(sa.func.count()).select_from(table).where(table.c.run_id == self.run_id)
            return connection.execute(own).scalar_one()

    def objects(self) -> list[str]:
        return sorted(item.key for item in self.rooms.answers.list(""))

    def _insert(self, number: int, attempt: str, job: str, method: str) -> None:
        same = {"run_id": self.run_id, "platform": "claude", "method": method, "model": "m"}
        with self.rooms.database.write() as connection:
            connection.execute(
                sa.insert(schema.rows).values(
                    run_id=self.run_id, row_no=number, row_id=str(number), line_no=number,
                    prompt="secret prompt", variables={"brand": "secret"},
                )
            )  # fmt: skip
            connection.execute(
                sa.insert(schema.jobs).values(
                    **same, id=job, position=number, parameters={"system_message": "secret"}, row_no=number,
                    repeat=1, state="in_flight", due_at=0.0,
                )
            )  # fmt: skip
            connection.execute(
                sa.insert(schema.deliveries).values(job_id=job, row_no=number, run_id=self.run_id)
            )
            connection.execute(
                sa.insert(schema.attempts).values(
                    **same, id=attempt, job_id=job, account=ACCOUNT, state="sending", created_at=1.0,
                    send_by=1.0, boot_id="b", boot_s=1.0,
                )
            )  # fmt: skip

    def _store(self, attempt: str, job: str, provider_id: str, method: str) -> None:
        entry = json.dumps({"id": provider_id, "text": "secret answer"}).encode()
        line = Line(attempt, job, self.run_id, "claude", method, provider_id, 1.0, entry)
        segment = encode_segment([line])
        key = segment_key(ACCOUNT, self.run_id, "claude", segment.sha256)
        if method == "live":
            key = live_key(ACCOUNT, attempt)
        self.rooms.answers.put_new(key, segment.body)
        place = segment.placements[attempt]
        answered = Answered(
            attempt_id=attempt,
            provider_id=provider_id,
            spent=Usd.of(SPENT),
            status_code=20000,
            placement=Placement(key, place.line_no, place.line_sha256),
            received_at=2.0,
        )
        with self.rooms.database.write() as connection:
            insert_segments(connection, [StoredSegment(key, self.run_id, "claude", 1, len(segment.body))])
            record(connection, [answered], terms=Terms(), max_tries=1)
