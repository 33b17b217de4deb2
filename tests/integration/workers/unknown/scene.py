"""A database, a provider, and paid calls between them whose replies get lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs
from promptrelay.dataforseo.client import ProviderClient, encode_tasks
from promptrelay.dataforseo.errors import OutcomeUnknown as CallUnknown
from promptrelay.dataforseo.wire.reply import Reply
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.search_terms import SearchTerms
from promptrelay.domain.tag import Tag
from tests.acceptance.provider import Provider
from tests.integration.database.books import ACCOUNT, RUN, HeldClock, add_job, record, send
from workers.unknown.hidden_failures import HiddenFailures
from workers.unknown.id_list import IdList
from workers.unknown.search import Search, Swept

LONG_AGO_S = 300.0
_numbers = count(1)
_deployments = count(1)

TERMS = SearchTerms(
    send_window_s=1,
    call_deadline_s=1,
    live_deadline_s=1,
    provider_slack_s=1,
    id_list_lag_s=1,
    searches=2,
    search_every_s=0.001,
    max_s=1e9,
)


class Scene:
    """Sends as a worker does, and searches as `recover` does."""

    def __init__(self, provider: Provider, database: Database, clock: HeldClock) -> None:
        self.provider = provider
        self.database = database
        self.clock = clock
        self.deployment = f"d{next(_deployments)}"
        self.client = ProviderClient(
            provider.url, "simulator", "simulator", call_deadline_s=1, live_deadline_s=1
        )
        self._changed: set[str] = set()

    def change(self, **options: object) -> None:
        """Options of the provider, until the test ends."""
        pairs = {name.replace("__", "."): value for name, value in options.items()}
        self._changed |= {name for name in pairs if name.startswith("fault.")}
        self.provider.change(**pairs)

    def end(self) -> None:
        self.provider.change(
            **dict.fromkeys(self._changed, "0"),
            id_list_lag_s=0,
            live_in_id_list="on",
            id_list_cost_updated="on",
        )
        self.client.close()

    def attempt(self, *, age_s: float, method: Method = Method.STANDARD, known: bool = False) -> str:
        """An attempt begun that long ago; its outcome is unknown unless told otherwise."""
        attempt = send(self.database, add_job(self.database, next(_numbers)), method=method)
        with self.database.write() as connection:
            begun = now() - age_s
            connection.execute(
                sa.update(attempts)
                .where(attempts.c.id == attempt)
                .values(created_at=begun, send_by=begun + TERMS.send_window_s, boot_id="before")
            )
        if not known:
            record(self.database, OutcomeUnknown(attempt_id=attempt))
        return attempt

    def tag(self, attempt: str, deployment: str | None = None) -> str:
        return str(Tag(deployment or self.deployment, RUN, self.row(attempt)["job_id"], attempt))

    def post(self, *tags: str) -> Reply | None:
        """Post a task under each tag; None when the reply was lost."""
        tasks = [{"user_prompt": f"question {tag}", "model_name": "gpt-4o-mini", "tag": tag} for tag in tags]
        try:
            return self.client.post_tasks(Platform.CHAT_GPT, encode_tasks(tasks), check=lambda: None)
        except CallUnknown:
            return None

    def ask(self, tag: str) -> Reply | None:
        task = {"user_prompt": "question", "model_name": "sonar", "tag": tag}
        try:
            return self.client.ask_live(Platform.PERPLEXITY, encode_tasks([task]), check=lambda: None)
        except CallUnknown:
            return None

    def sweep(self, hidden: HiddenFailures | None = None, **terms: Any) -> Swept:
        self.clock.at += 1.0  # Looks are counted only some time apart.
        search = Search(
            account=ACCOUNT,
            deployment=self.deployment,
            database=self.database,
            clock=self.clock,
            terms=TERMS if not terms else SearchTerms(**{**_as_dict(TERMS), **terms}),
            advance=Usd.of("0.01"),
            id_list=IdList(
                self.database, lambda since, until, offset: self.client.list_ids(since, until, offset=offset)
            ),
            record=lambda evidence: record(self.database, *evidence),
            retry_wait_s=1.0,
            hidden=hidden,
        )
        return search.sweep()

    def row(self, attempt: str) -> sa.RowMapping:
        with self.database.read() as connection:
            return connection.execute(sa.select(attempts).where(attempts.c.id == attempt)).mappings().one()

    def job(self, attempt: str) -> sa.RowMapping:
        with self.database.read() as connection:
            statement = sa.select(jobs).where(jobs.c.id == self.row(attempt)["job_id"])
            return connection.execute(statement).mappings().one()

    def charged(self, tags: Sequence[str]) -> Usd:
        """What the provider's own books say it took for these tags."""
        tasks = [task for task in self.provider.tasks() if task["tag"] in tags]
        return Usd.total(Usd.of(task["net_nano_rounded"]) for task in tasks)


def stranger() -> str:
    """An attempt that no database knows."""
    return new_id()


def _as_dict(terms: SearchTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in SearchTerms.__slots__}
