"""What is waited for is noted once, in one line, and taken back."""

from __future__ import annotations

import pytest

from promptrelay.domain import waits as module
from promptrelay.domain.waits import Saying, Waits


def test_each_thing_that_is_waited_for_is_a_line_until_it_is_over() -> None:
    waits = Waits()
    assert waits.note("the object store", "NoSuchBucket") is True
    assert waits.note("Redis", "READONLY it is\n a replica") is True
    assert waits.all() == ["Redis: READONLY it is a replica", "the object store: NoSuchBucket"]
    assert waits.over("Redis") is True
    assert waits.all() == ["the object store: NoSuchBucket"]
    assert waits.over("the object store") is True
    assert waits.all() == []


def test_only_news_wakes_whoever_passes_it_on() -> None:
    waits = Waits()
    waits.note("Redis", "OOM")
    assert waits.changed.is_set()
    waits.changed.clear()
    assert waits.note("Redis", "OOM") is False
    assert waits.over("the object store") is False
    assert not waits.changed.is_set()
    waits.note("Redis", "LOADING")
    assert waits.changed.is_set()


def test_a_reason_is_cut() -> None:
    waits = Waits()
    waits.note("Redis", "x" * 5000)
    assert len(waits.all()[0]) < 250


def test_a_line_is_said_at_first_with_a_change_and_every_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: moment)
    saying = Saying()
    assert saying.is_due("away") is True
    assert saying.is_due("away") is False
    assert saying.is_due("starting") is True
    moment += 59.0
    assert saying.is_due("starting") is False
    moment += 1.0
    assert saying.is_due("starting") is True
    assert saying.ends() is True
    assert saying.ends() is False
    assert saying.is_due("starting") is True
