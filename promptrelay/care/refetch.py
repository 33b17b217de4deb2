"""Proves stored answers and fetches lost ones again: free, and possible for 30 days.

A copy is durable in a new segment before a row points at it (P17, P18), and a row is moved only if it still
points where it was found broken. Nothing is ever sent again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from promptrelay.answers.layout import segment_key
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Segment, encode_segment
from promptrelay.answers.store import AnswerStore
from promptrelay.care.stored_proof import StoredProof
from promptrelay.database.attempts.recording import record
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.segments import placements
from promptrelay.database.segments.compaction import outdate_manifests
from promptrelay.database.segments.segments import StoredSegment, insert_segments
from promptrelay.dataforseo.errors import Unreadable
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import Reply
from promptrelay.domain.evidence import Placement
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.postings import Terms
from workers.collecting.collected import AttemptFacts, Collected

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
    deployment: str
    terms: Terms
    max_tries: int

    def run(self, run_id: str) -> Refetched:
        """Prove every stored answer of a run, and fetch those again that are missing, damaged or no answers,
        or that do not tell their charge.

        Raises ProviderError when the provider refuses the account, StoreUnavailable.
        """
        done, proof, after = Refetched(), StoredProof(self.answers), ""
        while True:
            with self.database.read() as connection:
                page = placements.stored(connection, run_id, after=after, most=_AT_ONCE)
            if not page:
                return done
            after = page[-1]["provider_id"]
            self._mend(page, proof, done)

    def tasks(self, provider_ids: Sequence[str]) -> Refetched:
        """The same for these tasks, also those that have no stored answer yet. Raises as `run`."""
        done, proof = Refetched(), StoredProof(self.answers)
        for start in range(0, len(provider_ids), _AT_ONCE):
            ids = provider_ids[start : start + _AT_ONCE]
            with self.database.read() as connection:
                page = placements.of_tasks(connection, ids)
            for stranger in sorted(set(ids) - {row["provider_id"] for row in page}):
                done.failed[stranger] = "not a task of this database"
            self._mend(page, proof, done)
        return done

    def _mend(self, page: Sequence[sa.RowMapping], proof: StoredProof, done: Refetched) -> None:
        broken = [row for row in page if not proof.holds(row) or _hides_its_charge(row)]
        done.fine += len(page) - len(broken)
        found: list[Collected] = []
        for row in broken:
            item = self._fetch(row)
            if isinstance(item, str):
                done.failed[row["provider_id"]] = item
            else:
                found.append(item)
        for group in _groups(found):
            self._store(group, proof.hollow, done)

    def _fetch(self, row: sa.RowMapping) -> Collected | str:
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
        if policy is Policy.OK and entry.result is None:
            return "the provider's copy holds no result"
        with self.database.read() as connection:
            received_at = database_time(connection)
        item = Collected(row, row["provider_id"], entry, received_at)
        # P8: an answer under another tag is another attempt's.
        if not item.is_of(self.deployment):
            return "the provider's copy carries another tag; held back"
        if _hides_its_charge(row) and item.spent is None and not entry.cost:
            return "its charge is still not told; `promptrelay reconcile --book` settles it"
        return item

    def _store(self, group: Sequence[Collected], hollow: Collection[str], done: Refetched) -> None:
        first = group[0].attempt
        # Received now: so the key is a new one, never that of the object which is damaged.
        segment = encode_segment(item.line() for item in group)
        key = segment_key(first["account"], first["run_id"], first["platform"], segment.sha256)
        self.answers.put_new(key, segment.body)  # P17: durable first.
        self._prove(key, segment)
        stored = StoredSegment(key, first["run_id"], first["platform"], segment.lines, len(segment.body))
        places = {
            item.provider_id: Placement(key, place.line_no, place.line_sha256)
            for item in group
            for place in (segment.placements[item.attempt["id"]],)
        }
        new = [item for item in group if item.attempt["segment"] is None]
        old = [item for item in group if item.attempt["segment"] is not None]
        # What was booked for an answer without a result or a charge was not the word of the provider (P23).
        told = {
            item.provider_id: item
            for item in old
            if item.provider_id in hollow or _hides_its_charge(item.attempt)
        }
        answered = [item.answered(places[item.provider_id]) for item in (*new, *told.values())]
        with self.database.write() as connection:
            insert_segments(connection, [stored])
            # P7: evidence, whoever brings it; its money is booked with it (P21).
            record(connection, answered, terms=self.terms, max_tries=self.max_tries)
            moved = {
                item.provider_id: placements.move(connection, item.attempt, places[item.provider_id])
                for item in old
            }
            placements.forget_unreferred(connection, {item.attempt["segment"] for item in old})
            outdate_manifests(connection, {first["run_id"]})
        done.settled += [item.provider_id for item in new]
        for item in old:
            _note(item, done, moved=moved[item.provider_id], is_booked=item.provider_id in told)

    def _prove(self, key: str, segment: Segment) -> None:
        reader = AnswerReader(self.answers)
        for place in segment.placements.values():
            reader.read_line(key, place.line_no, place.line_sha256)


def _groups(found: Sequence[Collected]) -> list[list[Collected]]:
    """By run and platform; a second task of one attempt (P10) goes into another segment."""
    groups: dict[tuple[Any, ...], list[Collected]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for item in found:
        row = item.attempt
        groups[row["account"], row["run_id"], row["platform"], seen[row["id"]]].append(item)
        seen[row["id"]] += 1
    return list(groups.values())


def _hides_its_charge(row: AttemptFacts) -> bool:
    """Whether the task's stored answer did not tell what it cost, and nothing else did (P23)."""
    is_stored = row["segment"] is not None and row["method"] == Method.STANDARD
    return is_stored and row["spent_nanos"] is None and row["said_nanos"] is None


def _note(item: Collected, done: Refetched, *, moved: bool, is_booked: bool) -> None:
    row, provider_id, spent = item.attempt, item.provider_id, item.spent
    if not moved:
        done.failed[provider_id] = "moved meanwhile; look again"
        return
    done.fetched.append(provider_id)
    if is_booked:
        done.noted[provider_id] = "its stored answer did not tell what it cost; that is booked now"
    elif spent is not None and row["spent_nanos"] is not None and Usd(row["spent_nanos"]) != spent:
        done.noted[provider_id] = f"charged ${spent} says the copy, ${Usd(row['spent_nanos'])} is booked"
