"""One search for all unknown outcomes in the provider's list of tasks (P10-P15, P19).

Every listed task of ours is evidence at once, also of attempts in other states. That something is not
listed proves only what P13 and P14 allow.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from promptrelay.database.attempts import unknown
from promptrelay.database.attempts.recording import Recorded
from promptrelay.database.attempts.unknown import Unknown
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.id_search import NeverStill, Span, merged, read_window
from promptrelay.dataforseo.wire.rows import IdPage, IdRow
from promptrelay.domain.clock import BootTime, Clock
from promptrelay.domain.evidence import Absent, Evidence, Failed, Lost
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.search_terms import SearchTerms
from workers.unknown.hidden_failures import HiddenFailures
from workers.unknown.id_list import IdList
from workers.unknown.listed_tasks import ours, read_tasks

log = logging.getLogger(__name__)

_NARROW_S = 15.0
"""A paid call leaves a moment after its permission: most are listed so soon after it."""
_AT_ONCE = 500
_NAMED = 20


@dataclass(slots=True)
class Swept:
    """What a search came to."""

    searched: int = 0
    adopted: int = 0
    """Tasks of ours that were not recorded before."""
    failed: int = 0
    """Tasks of ours that had failed, which only the list of errors tells."""
    not_found: int = 0
    """Negative looks that counted."""
    absent: int = 0
    lost: int = 0
    strangers: int = 0
    """Tasks with our mark that this database knows nothing of (P30)."""
    trouble: str | None = None
    """Why the list could not be read to the end; what was read counts all the same."""


@dataclass(slots=True)
class Search:
    """Reads the list once for every unknown attempt of an account, and records what that says."""

    account: str
    deployment: str
    database: Database
    clock: Clock
    terms: SearchTerms
    advance: Usd
    id_list: IdList
    record: Callable[[Sequence[Evidence]], Recorded]
    retry_wait_s: float
    hidden: HiddenFailures | None = None
    """Asks for what this list hides; None: nobody does."""
    _has_asked: bool = False
    _seen: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    _swept: Swept = field(default_factory=Swept)

    def sweep(self) -> Swept:
        """Search once. Trouble with the provider ends it early and is told, never raised."""
        self._seen, self._running, self._swept, self._has_asked = set(), set(), Swept(), False
        with self.database.read() as connection:
            found = unknown.searched_for(connection, self.account, self.terms, self._boot_time())
        # A Live call is looked for once, when its row must say what it cost in the end.
        wanted = [item for item in found if item.method is Method.STANDARD or item.may_be_absent]
        self._swept.searched = len(wanted)
        try:
            if wanted:
                self._search(wanted)
        except ProviderError as error:
            self._swept.trouble = str(error)
        except NeverStill:
            self._swept.trouble = "the provider's list kept moving while it was read"
        return self._swept

    def _search(self, wanted: Sequence[Unknown]) -> None:
        self._read(self._narrow(item) for item in wanted if item.method is Method.STANDARD)
        left = [item for item in wanted if item.attempt_id not in self._seen]
        windows = {item.attempt_id: self._whole(item) for item in left}
        # A witness counts for what is read after it was seen: the list may catch up in between.
        witnessed_until = self._witness(
            [item.absent_from(self.terms) for item in left if _may_be_missing(item)]
        )
        for window in merged(windows.values()):
            inside = [item for item in left if _contains(window, windows[item.attempt_id])]
            read_window(self._page, window)
            self._conclude([item for item in inside if item.may_be_absent], witnessed_until)

    def _read(self, windows: Iterable[Span]) -> None:
        for window in merged(windows):
            read_window(self._page, window)

    def _narrow(self, item: Unknown) -> Span:
        until = min(item.created_at + _NARROW_S, self._end(item))
        return Span(*self.id_list.to_theirs(item.created_at, until))

    def _whole(self, item: Unknown) -> Span:
        return Span(*self.id_list.to_theirs(item.created_at, self._end(item)))

    def _end(self, item: Unknown) -> float:
        return item.send_by + self.terms.taken_until_s(item.method)

    def _page(self, since: float, until: float, offset: int) -> IdPage:
        page = self.id_list.page(since, until, offset)
        self._adopt(page.rows)
        return page

    def _adopt(self, rows: Iterable[IdRow]) -> None:
        """Every row of ours that is new is evidence, whatever the state of its attempt (P7, P10, P11)."""
        listed = ours(rows, self.deployment)
        self._seen |= {tag.attempt for tag, _ in listed}
        found = read_tasks(self.database, listed, advance=self.advance)
        self._running |= found.running
        self._swept.strangers += found.strangers
        if found.new:
            self._swept.adopted += len(found.new)
            log.info("search.found", extra=_named(found.new))
            self.record(found.new)

    def _conclude(self, inside: Sequence[Unknown], witnessed_until: float) -> None:
        """What it means that these were looked for in a complete list (P14)."""
        lost = [
            item for item in inside if item.method is Method.LIVE and item.attempt_id not in self._running
        ]
        self._swept.lost += len(lost)
        self._decide(
            [
                Lost(attempt_id=item.attempt_id, retry_in_s=self.retry_wait_s if item.resend else None)
                for item in lost
            ],
            "search.lost",
        )
        missing = [
            item for item in inside if item.method is Method.STANDARD and item.attempt_id not in self._seen
        ]
        proven = [item for item in missing if self._is_proven(item, witnessed_until)]
        if proven:
            self._take_failed(min(item.created_at for item in proven))
        absent = self._not_found({item.attempt_id for item in proven})
        self._swept.absent += len(absent)
        self._decide(
            [Absent(attempt_id=key, retry_in_s=self.retry_wait_s) for key in absent], "search.absent"
        )

    def _take_failed(self, since: float) -> None:
        """What failed is not listed, and not absent either: its fee may have been kept."""
        if self.hidden is None or self._has_asked:
            return
        self._has_asked = True
        with self.database.read() as connection:
            until = database_time(connection)
        evidence = self.hidden.evidence(*self.id_list.to_theirs(since, until))
        self._swept.failed = sum(isinstance(item, Failed) for item in evidence)
        if evidence:
            log.info("search.failed", extra=_named(evidence))
            self.record(evidence)

    def _decide(self, evidence: Sequence[Absent | Lost], event: str) -> None:
        if evidence:
            log.warning(event, extra=_named(evidence))
            self.record(evidence)

    def _is_proven(self, item: Unknown, witnessed_until: float) -> bool:
        """Whether its absence has a witness, or was waited for as long as may be (P14)."""
        return item.absent_from(self.terms) < witnessed_until or item.age_s > self.terms.max_s

    def _witness(self, bounds: Collection[float]) -> float:
        """The latest moment after which a task of ours was taken that is already listed; 0 if none is."""
        for bound in sorted({max(bounds), min(bounds)} if bounds else set(), reverse=True):
            with self.database.read() as connection:
                candidate = unknown.accepted_after(connection, self.account, bound)
            if candidate is None:
                continue
            provider_id, created_at = candidate
            window = Span(*self.id_list.to_theirs(created_at, created_at + _NARROW_S))
            if any(row.provider_id == provider_id for row in read_window(self._page, window)):
                return created_at
        return 0.0

    def _not_found(self, attempt_ids: Collection[str]) -> list[str]:
        """Count a negative look at these; returns those that have had enough of them."""
        keys, enough = sorted(attempt_ids), []
        for start in range(0, len(keys), _AT_ONCE):
            with self.database.write() as connection:
                counted = unknown.note_not_found(
                    connection, keys[start : start + _AT_ONCE], every_s=self.terms.search_every_s
                )
            self._swept.not_found += len(counted)
            enough += [key for key, searches in counted.items() if searches >= self.terms.searches]
        return sorted(enough)

    def _boot_time(self) -> BootTime:
        return BootTime(self.clock.boot_id(), self.clock.boottime())


def _contains(whole: Span, part: Span) -> bool:
    return whole.since <= part.since and part.until <= whole.until


def _may_be_missing(item: Unknown) -> bool:
    return item.may_be_absent and item.method is Method.STANDARD


def _named(evidence: Sequence[Evidence]) -> dict[str, object]:
    """How many, and the first of them by name: a thousand ids make no line to read."""
    return {"count": len(evidence), "attempts": [item.attempt_id for item in evidence[:_NAMED]]}
