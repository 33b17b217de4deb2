"""A real SQLite file, a real store on disk, and a hand that answers jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.answers.layout import segment_key
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.answers.store import open_store
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.evidence import Accepted, Answered, Evidence, Failed, Placement
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.postings import Terms
from tests.integration.sqlite_tables import sqlite_with_tables

STANDARD_COST = Usd.of("0.0102")
SPENT = "0.029042400000000003"


def answer_entry(text: str, spent: str) -> bytes:
    """A task object as the provider writes it; the figure keeps its spelling."""
    sections = [{"type": "text", "text": text, "annotations": [{"title": "T", "url": "https://x.test/"}]}]
    result = {
        "model_name": "dated-model",
        "datetime": "2026-01-02 03:04:05 +00:00",
        "input_tokens": 5,
        "items": [{"type": "message", "sections": sections}],
        "fan_out_queries": ["why"],
    }
    start = json.dumps({"id": "x", "time": "1.5 sec.", "status_code": 20000, "result": [result]})
    return start.replace('"input_tokens": 5', f'"input_tokens": 5, "money_spent": {spent}').encode()


class Bench:
    """Sends and answers jobs by evidence alone, as the workers would."""

    def __init__(self, database: Database, store_dir: Path) -> None:
        self.database = database
        self.store = open_store(str(store_dir))
        self.reader = AnswerReader(self.store)

    def jobs(self, run_id: str) -> list[dict[str, Any]]:
        statement = sa.select(jobs).where(jobs.c.run_id == run_id).order_by(jobs.c.position)
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def send(self, job: dict[str, Any], *, state: str = "sending") -> str:
        attempt_id = new_id()
        values = {
            **{name: job[name] for name in ("run_id", "platform", "method", "model")},
            "id": attempt_id,
            "job_id": job["id"],
            "account": "main",
            "state": state,
            "created_at": 0.0,
            "send_by": 0.0,
            "boot_id": "b",
            "boot_s": 0.0,
        }
        with self.database.write() as connection:
            connection.execute(sa.insert(attempts).values(values))
            waiting = (jobs.c.id == job["id"]) & (jobs.c.state == "queued")
            connection.execute(sa.update(jobs).where(waiting).values(state="in_flight"))
        return attempt_id

    def accept(self, attempt_id: str, *, cost: Usd = STANDARD_COST) -> None:
        self.add(Accepted(attempt_id=attempt_id, provider_id=f"p-{attempt_id}", cost=cost))

    def fail(self, attempt_id: str) -> None:
        self.add(
            Failed(attempt_id=attempt_id, provider_id=f"p-{attempt_id}", status_code=50000, retry_in_s=0.0)
        )

    def answer(self, job: dict[str, Any], attempt_id: str, *, text: str, spent: str) -> str:
        """Store the answer in a segment of its own and settle it; the segment's key."""
        facts = {name: job[name] for name in ("run_id", "platform", "method")}
        line = Line(
            attempt_id=attempt_id,
            job_id=job["id"],
            provider_id=f"p-{attempt_id}",
            received_at=1.0,
            entry=answer_entry(text, spent),
            **facts,
        )
        segment = encode_segment([line])
        key = segment_key("main", job["run_id"], job["platform"], segment.sha256)
        self.store.put_new(key, segment.body)
        place = segment.placements[attempt_id]
        self.add(
            Answered(
                attempt_id=attempt_id,
                provider_id=f"p-{attempt_id}",
                spent=Usd.of(spent),
                status_code=20000,
                placement=Placement(key, place.line_no, place.line_sha256),
                received_at=1_700_000_000.0,
            )
        )
        return key

    def add(self, evidence: Evidence) -> None:
        with self.database.write() as connection:
            record(connection, [evidence], terms=Terms(), max_tries=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(sqlite_with_tables(tmp_path / "truth.db"), SystemClock())
    yield found
    found.close()


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path / "answers")


@pytest.fixture
def prompts(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a prompt file of that text."""

    def write(text: str, name: str = "prompts.csv") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def spec() -> Callable[..., CampaignSpec]:
    """A campaign on ChatGPT and Perplexity, changed as asked."""

    def make(**changes: Any) -> CampaignSpec:
        wanted: dict[str, Any] = {
            "name": "camp",
            "account": "main",
            "platforms": (Platform.CHAT_GPT, Platform.PERPLEXITY),
            "models": {Platform.CHAT_GPT: ("gpt",), Platform.PERPLEXITY: ("sonar",)},
        }
        return CampaignSpec(**(wanted | changes))

    return make


@pytest.fixture
def run(bench: Any, prompts: Callable[..., Path], spec: Callable[..., CampaignSpec]) -> str:
    """Rows a, b, a, c for ChatGPT: a answered, b failed, c answered twice (the second is a late twin)."""
    wanted = spec(platforms=(Platform.CHAT_GPT,), max_cost=Usd.of("0.05"))
    done = submit(bench.database, wanted, prompts("prompt,city\na,Rome\nb,\na,Oslo\nc,\n"))
    a, b, c = bench.jobs(done.run_id)
    for job, text in ((a, "=A\u2028"), (c, "C")):
        attempt = bench.send(job)
        bench.accept(attempt)
        bench.answer(job, attempt, text=text, spent=SPENT)
    failing = bench.send(b)
    bench.accept(failing)
    bench.fail(failing)
    twin = bench.send(c, state="late")
    bench.accept(twin)
    bench.answer(c, twin, text="C again", spent="0.005")
    return done.run_id
