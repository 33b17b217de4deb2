"""Proves stored answers and fetches lost ones again: free, and possible for 30 days.

A copy is durable in a new segment before a row points at it (P17, P18), and a row is moved only if it still
points where it was found broken. Nothing is ever sent again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from promptrelay.answers.layout import segment_key
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Line, Segment, encode_segment
from promptrelay.answers.store import AnswerStore
from promptrelay.database import placements
from promptrelay.database.compaction import outdate_manifests
from promptrelay.database.database import Database
from promptrelay.database.recording import record
from promptrelay.database.segments import StoredSegment, insert_segments
from promptrelay.dataforseo.errors import Unreadable
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire import Entry, Reply
from promptrelay.domain.clock import Clock
from promptrelay.domain.evidence import Answered, Placement
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.postings import Terms
from promptrelay.domain.tag import Tag
from workers.shelf import Shelf

_AT_ONCE = 200
_GONE = {
    40401: "the provider does not know it",
    40403: "older than 30 days: the provider no longer keeps it",
}
GetTask = Callable[[Platform, str], Reply]


@dataclass(slots=True)
class Refetched:
    """What was found and done, by provider id where it matters."""

    fine: int = 0
    fetched: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    """Fetched for the first time: their money is booked too."""
    failed: dict[str, str] = field(default_factory=dict)
    """Not brought back, with the reason."""
    noted: dict[str, str] = field(default_factory=dict)
    """Brought back, and something is to be looked at."""


@dataclass(frozen=True, slots=True)
class Refetch:
    """The rooms that fetching again needs; `get_task` makes the free call, inside the limits."""

    database: Database
    answers: AnswerStore
    get_task: GetTask
    clock: Clock
    deployment: str
    terms: Terms
    max_tries: int

    def run(self, run_id: str) -> Refetched:
        """Prove every stored answer of a run, and fetch those again that are missing or damaged.

        Raises ProviderError when the provider refuses the account, StoreUnavailable.
        """
        done, shelf, after = Refetched(), Shelf(self.answers), ""
        while True:
            with self.database.read() as connection:
                page = placements.stored(connection, run_id, after=after, most=_AT_ONCE)
            if not page:
                return done
            after = page[-1]["provider_id"]
            self._mend(page, shelf, done)

    def tasks(self, provider_ids: Sequence[str]) -> Refetched:
        """The same for these tasks, also those that have no stored answer yet. Raises as `run`."""
        done, shelf = Refetched(), Shelf(self.answers)
        for start in range(0, len(provider_ids), _AT_ONCE):
            ids = provider_ids[start : start + _AT_ONCE]
            with self.database.read() as connection:
                page = placements.of_tasks(connection, ids)
            for stranger in sorted(set(ids) - {row["provider_id"] for row in page}):
                done.failed[stranger] = "not a task of this database"
            self._mend(page, shelf, done)
        return done

    def _mend(self, page: Sequence[sa.RowMapping], shelf: Shelf, done: Refetched) -> None:
        broken = [row for row in page if not shelf.holds(row)]
        done.fine += len(page) - len(broken)
        found: list[tuple[sa.RowMapping, Entry]] = []
        for row in broken:
            entry = self._fetch(row)
            if isinstance(entry, str):
                done.failed[row["provider_id"]] = entry
            else:
                found.append((row, entry))
        for group in _groups(found):
            self._store(group, done)

    def _fetch(self, row: sa.RowMapping) -> Entry | str:
        """The provider's copy, or why there is none."""
        if row["method"] != Method.STANDARD:
            return "a Live answer: the provider keeps none"
        if row["purge_at"] is not None:
            return "its run is purged"
        try:
            reply = self.get_task(Platform(row["platform"]), row["provider_id"])
        except Unreadable as error:
            return f"{error}"
        entry, policy = reply.only, policy_for(reply.code, call=Call.GET)
        if entry is None or policy not in (Policy.OK, Policy.EMPTY):
            return _GONE.get(reply.code or 0, f"the provider answers {reply.code}")
        tag = str(Tag(self.deployment, row["run_id"], row["job_id"], row["id"]))
        # P8: an answer under another tag is another attempt's.
        return entry if entry.tag in (None, tag) else "the provider's copy carries another tag; held back"

    def _store(self, group: Sequence[tuple[sa.RowMapping, Entry]], done: Refetched) -> None:
        now, first = self.clock.now(), group[0][0]
        # Received now: so the key is a new one, never that of the object which is damaged.
        segment = encode_segment(_line(row, entry, now) for row, entry in group)
        key = segment_key(first["account"], first["run_id"], first["platform"], segment.sha256)
        self.answers.put_new(key, segment.body)  # P17: durable first.
        self._prove(key, segment)
        stored = StoredSegment(key, first["run_id"], first["platform"], segment.lines, len(segment.body))
        places = {
            row["provider_id"]: Placement(key, place.line_no, place.line_sha256)
            for row, _ in group
            for place in (segment.placements[row["id"]],)
        }
        new = [(row, entry) for row, entry in group if row["segment"] is None]
        old = [(row, entry) for row, entry in group if row["segment"] is not None]
        answered = [_answered(row, entry, places[row["provider_id"]], now) for row, entry in new]
        with self.database.write() as connection:
            insert_segments(connection, [stored])
            # P7: evidence, whoever brings it; its money is booked with it (P21).
            record(connection, answered, terms=self.terms, max_tries=self.max_tries)
            moved = {
                row["provider_id"]: placements.move(connection, row, places[row["provider_id"]])
                for row, _ in old
            }
            placements.forget_unreferred(connection, {row["segment"] for row, _ in old})
            outdate_manifests(connection, {first["run_id"]})
        done.settled += [row["provider_id"] for row, _ in new]
        for row, entry in old:
            _note(row, entry, done, moved=moved[row["provider_id"]])

    def _prove(self, key: str, segment: Segment) -> None:
        reader = AnswerReader(self.answers)
        for place in segment.placements.values():
            reader.read_line(key, place.line_no, place.line_sha256)


def _groups(found: Sequence[tuple[sa.RowMapping, Entry]]) -> list[list[tuple[sa.RowMapping, Entry]]]:
    """By run and platform; a second task of one attempt (P10) goes into another segment."""
    groups: dict[tuple[Any, ...], list[tuple[sa.RowMapping, Entry]]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for row, entry in found:
        groups[row["account"], row["run_id"], row["platform"], seen[row["id"]]].append((row, entry))
        seen[row["id"]] += 1
    return list(groups.values())


def _note(row: sa.RowMapping, entry: Entry, done: Refetched, *, moved: bool) -> None:
    provider_id, spent = row["provider_id"], _spent(entry)
    if not moved:
        done.failed[provider_id] = "moved meanwhile; look again"
        return
    done.fetched.append(provider_id)
    if row["spent_nanos"] is not None and Usd(row["spent_nanos"]) != spent:
        done.noted[provider_id] = f"charged ${spent} says the copy, ${Usd(row['spent_nanos'])} is booked"


def _answered(row: sa.RowMapping, entry: Entry, place: Placement, received_at: float) -> Answered:
    return Answered(
        attempt_id=row["id"],
        provider_id=row["provider_id"],
        spent=_spent(entry),
        status_code=entry.status_code or 0,
        placement=place,
        received_at=received_at,
    )


def _spent(entry: Entry) -> Usd:
    return (entry.result.money_spent if entry.result else None) or ZERO


def _line(row: sa.RowMapping, entry: Entry, received_at: float) -> Line:
    return Line(
        attempt_id=row["id"],
        job_id=row["job_id"],
        run_id=row["run_id"],
        platform=row["platform"],
        method=row["method"],
        provider_id=row["provider_id"],
        received_at=received_at,
        entry=entry.raw,
    )
