"""Reads a stretch of the list of all tasks completely, whatever moves in it meanwhile (P14)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from promptrelay.dataforseo.wire.rows import IdPage, IdRow

PAGE_ROWS = 1000
_SHORTEST_S = 2.0
"""Posting times are whole seconds, so a shorter window cannot be split any further."""
_MOST_PASSES = 6

ListPage = Callable[[float, float, int], IdPage]
"""A page of the tasks posted between two moments of the provider's time, from an offset on."""


class NeverStill(Exception):
    """Rows moved between the pages in every pass: nothing can be said about what is missing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the provider's time, both ends included."""

    since: float
    until: float


def merged(windows: Iterable[Span]) -> list[Span]:
    """The same stretches without overlap, the earliest first."""
    found: list[Span] = []
    for window in sorted(windows, key=lambda window: window.since):
        if found and window.since <= found[-1].until + 1.0:
            found[-1] = Span(found[-1].since, max(found[-1].until, window.until))
        else:
            found.append(window)
    return found


def read_window(list_page: ListPage, window: Span) -> list[IdRow]:
    """Every task that is listed in the window, each once.

    A page that has room left shows one state of the list. A full one is split, and what cannot be split is
    read until two passes agree. Raises what `list_page` raises, and NeverStill.
    """
    page = list_page(window.since, window.until, 0)
    if page.is_last:
        return list(_by_id(page.rows).values())
    if window.until - window.since <= _SHORTEST_S:
        return _until_still(list_page, window)
    middle = (window.since + window.until) / 2
    halves = (Span(window.since, middle), Span(middle, window.until))
    found = [row for half in halves for row in read_window(list_page, half)]
    return list(_by_id(found).values())


def _until_still(list_page: ListPage, window: Span) -> list[IdRow]:
    before: dict[str, IdRow] | None = None
    for _ in range(_MOST_PASSES):
        found = _one_pass(list_page, window)
        if before is not None and found.keys() == before.keys():
            return list(found.values())
        before = found
    raise NeverStill


def _one_pass(list_page: ListPage, window: Span) -> dict[str, IdRow]:
    found: dict[str, IdRow] = {}
    offset = 0
    while True:
        page = list_page(window.since, window.until, offset)
        found |= _by_id(page.rows)
        if page.is_last:
            return found
        offset += len(page.rows)


def _by_id(rows: Iterable[IdRow]) -> dict[str, IdRow]:
    return {row.provider_id or f"without an id: {row.tag}": row for row in rows}
