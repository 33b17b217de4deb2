"""P14: a stretch of the list is read whole, however many rows it has and however they move."""

from __future__ import annotations

import pytest

from promptrelay.dataforseo.id_search import NeverStill, Span, merged, read_window
from promptrelay.dataforseo.wire.rows import IdPage, IdRow

SMALL_PAGE = 3


def row(name: str) -> IdRow:
    return IdRow(name, None, None, None, None, None, None, None, None)


class Listing:
    """A list with pages of three rows, in the order of posting times."""

    def __init__(self, posted: dict[str, float]) -> None:
        self.posted = posted
        self.calls = 0

    def __call__(self, since: float, until: float, offset: int) -> IdPage:
        self.calls += 1
        names = sorted(self.posted, key=lambda name: (self.posted[name], name))
        inside = [name for name in names if since <= self.posted[name] <= until]
        rows = tuple(row(name) for name in inside[offset : offset + SMALL_PAGE])
        return IdPage(rows, SMALL_PAGE, offset)


class MovingListing(Listing):
    """The first row goes to the end while the pages are read, as often as it is told to."""

    def __init__(self, posted: dict[str, float], moves: int) -> None:
        super().__init__(posted)
        self._moves = moves

    def __call__(self, since: float, until: float, offset: int) -> IdPage:
        page = super().__call__(since, until, offset)
        if self._moves and len(page.rows) == SMALL_PAGE:
            self._moves -= 1
            self.posted[min(self.posted, key=self.posted.__getitem__)] = until
        return page


def names(rows: list[IdRow]) -> list[str | None]:
    return sorted(row.provider_id or "" for row in rows)


def test_a_window_that_fits_on_a_page_takes_one_call() -> None:
    listing = Listing({"a": 1.0, "b": 2.0})
    assert names(read_window(listing, Span(0, 100))) == ["a", "b"]
    assert listing.calls == 1


def test_a_window_with_more_rows_is_split_until_each_part_fits() -> None:
    posted = {f"t{number:02}": float(number) for number in range(40)}
    listing = Listing(posted)
    assert names(read_window(listing, Span(0, 64))) == sorted(posted)


def test_what_cannot_be_split_is_read_until_two_passes_agree() -> None:
    posted = {f"t{number}": 10.0 for number in range(8)}
    assert names(read_window(Listing(posted), Span(9, 11))) == sorted(posted)


def test_rows_that_move_between_the_pages_are_not_missed() -> None:
    posted = {f"t{number}": 10.0 + number / 10 for number in range(8)}
    assert names(read_window(MovingListing(dict(posted), moves=3), Span(10, 11.5))) == sorted(posted)


def test_a_list_that_never_stands_still_says_nothing() -> None:
    class Restless(Listing):
        def __call__(self, since: float, until: float, offset: int) -> IdPage:
            if offset == 0:
                self.posted[f"new{self.calls}"] = until
            return super().__call__(since, until, offset)

    with pytest.raises(NeverStill):
        read_window(Restless({f"t{number}": 10.0 for number in range(8)}), Span(9, 11))


def test_windows_that_touch_become_one() -> None:
    windows = [Span(50, 60), Span(0, 10), Span(5, 20), Span(20.5, 30)]
    assert merged(windows) == [Span(0, 30), Span(50, 60)]
