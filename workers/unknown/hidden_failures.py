"""Failed tasks: the list of all tasks hides them, the list of errors names their ids alone (P14).

Whose a failed task is, and under which tag, only a look at it tells. A task that failed brings its owner
nothing, so that looking at one of somebody else takes nothing from him; still each is looked at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from promptrelay.database.attempts import unknown
from promptrelay.database.database import Database
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import Entry, Reply
from promptrelay.dataforseo.wire.rows import ErrorPage, ErrorRow
from promptrelay.domain.evidence import Accepted, Evidence, Failed
from promptrelay.domain.platform import STANDARD_PLATFORMS, Platform
from promptrelay.domain.tag import Tag

log = logging.getLogger(__name__)

MOST_LOOKS = 50
"""A search is one of many, and the looks come out of the allowance of all free calls."""
_MOST_PAGES = 5

ListErrors = Callable[[datetime, datetime, int], ErrorPage]
Look = Callable[[Platform, str], Reply]


@dataclass(slots=True)
class HiddenFailures:
    """Reads the list of errors, and looks at what may be ours in it."""

    database: Database
    deployment: str
    list_errors: ListErrors
    look: Look
    retry_wait_s: float
    foreign: set[str] = field(default_factory=set)
    """Tasks that were looked at and are nobody's here; kept from search to search."""

    def evidence(self, since: float, until: float) -> list[Evidence]:
        """What failed between the two, in the provider's time, and is not recorded yet.

        Empty when the list cannot be read: a failed task is then taken for absent, and its fee is not found.
        """
        try:
            candidates = [row for row in self._rows(since, until) if row.provider_id not in self.foreign]
            found = [item for row in candidates[:MOST_LOOKS] for item in self._looked_at(row)]
        except ProviderError as error:
            log.info("errors.unreadable", extra={"why": str(error)})
            return []
        return found

    def _rows(self, since: float, until: float) -> list[ErrorRow]:
        between = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
        found: dict[str, ErrorRow] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            page = self.list_errors(*between, offset)
            found |= {row.provider_id: row for row in page.rows}
            offset += 1000
            if page.is_last:
                break
        known = self._known(list(found))
        return [row for key, row in found.items() if key not in known and _has_failed(row.code)]

    def _known(self, provider_ids: Sequence[str]) -> Collection[str]:
        known: set[str] = set()
        with self.database.read() as connection:
            for start in range(0, len(provider_ids), 500):
                known |= unknown.known_tasks(connection, provider_ids[start : start + 500])
        return known

    def _looked_at(self, row: ErrorRow) -> Iterator[Evidence]:
        platforms = STANDARD_PLATFORMS if row.platform is None else (row.platform,)
        for platform in platforms:
            entry = self.look(platform, row.provider_id).only
            tag = Tag.parse(entry.tag) if entry else None
            if entry is not None and tag is not None and tag.deployment == self.deployment:
                yield from self._of(entry, tag.attempt, row)
                return
        self.foreign.add(row.provider_id)

    def _of(self, entry: Entry, attempt_id: str, row: ErrorRow) -> Iterator[Evidence]:
        yield Accepted(attempt_id=attempt_id, provider_id=row.provider_id, look_in_s=0.0)
        code = entry.status_code or row.code
        if _has_failed(code):
            yield Failed(
                attempt_id=attempt_id,
                provider_id=row.provider_id,
                status_code=code,
                retry_in_s=self.retry_wait_s,
            )


def _has_failed(code: int) -> bool:
    return policy_for(code, call=Call.GET) is Policy.FAILED
