"""P14: rows move between pages, so one pass over several pages proves nothing."""

from __future__ import annotations

from .paging_model import missed, missed_by_two_passes, newest_first, oldest_first


def test_one_pass_over_two_pages_misses_tasks_that_move() -> None:
    assert sum(1 for tasks in missed(oldest_first) if tasks) == 2


def test_reading_until_two_passes_agree_misses_nothing() -> None:
    assert not any(missed_by_two_passes(oldest_first))
    assert not any(missed_by_two_passes(newest_first))
