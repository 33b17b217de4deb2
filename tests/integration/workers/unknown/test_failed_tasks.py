"""A task whose reply was lost and that failed is hidden by the list of tasks, not by that of errors (P14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from promptrelay.dataforseo.wire.rows import ErrorRow, error_rows
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import AttemptState, JobState
from promptrelay.domain.tag import Tag
from tests.acceptance.project import until
from tests.integration.database.books import RUN, balances_of, check_books
from tests.integration.workers.unknown.scene import LONG_AGO_S, Scene, stranger
from workers.unknown.hidden_failures import HiddenFailures

A, J = AttemptState, JobState
FEE = Usd.of("0.0002").nanos


@pytest.fixture
def failures(scene: Scene) -> HiddenFailures:
    return HiddenFailures(
        scene.database,
        scene.deployment,
        list_errors=lambda since, before, offset: scene.client.list_errors(since, before, offset=offset),
        look=scene.client.get_task,
        retry_wait_s=1.0,
    )


@pytest.fixture
def fail(scene: Scene) -> Callable[..., None]:
    """Posts tasks under these tags that fail at once, their reply lost."""

    def fail_them(*tags: str) -> None:
        scene.change(task_40101=1, standard_latency_s=0.001, **{"fault.task_post.reply_lost": "1x"})
        assert scene.post(*tags) is None
        # A slow machine may give the call up before the provider has taken it: that comes first.
        until(lambda: states_of(scene, tags) == ["failed"] * len(tags), 20)
        scene.change(task_40101=0, standard_latency_s=3_600_000)

    return fail_them


def states_of(scene: Scene, tags: tuple[str, ...]) -> list[Any]:
    return [task["state"] for task in scene.provider.tasks() if task["tag"] in tags]


def search_to_the_end(scene: Scene, failures: HiddenFailures | None) -> None:
    witness = scene.attempt(age_s=1)
    assert scene.post(scene.tag(witness)) is not None
    for _ in range(5):
        scene.sweep(hidden=failures)


def test_it_is_failed_and_not_absent_and_its_fee_is_booked(
    scene: Scene, failures: HiddenFailures, fail: Callable[..., None]
) -> None:
    hidden, absent = scene.attempt(age_s=LONG_AGO_S), scene.attempt(age_s=LONG_AGO_S)
    fail(scene.tag(hidden))
    search_to_the_end(scene, failures)
    assert (scene.row(hidden)["state"], scene.row(hidden)["status_code"]) == (A.FAILED, 40101)
    assert (scene.job(hidden)["state"], scene.job(hidden)["tries"]) == (J.QUEUED, 1)
    assert scene.row(absent)["state"] == A.ABSENT
    assert balances_of(scene.database, hidden)["fee"] == FEE == scene.charged([scene.tag(hidden)]).nanos
    check_books(scene.database)


def test_without_a_list_of_errors_it_is_taken_for_absent(
    scene: Scene, failures: HiddenFailures, fail: Callable[..., None]
) -> None:
    hidden = scene.attempt(age_s=LONG_AGO_S)
    fail(scene.tag(hidden))
    scene.change(errors_listed="off")
    try:
        search_to_the_end(scene, failures)
    finally:
        scene.change(errors_listed="on")
    assert scene.row(hidden)["state"] == A.ABSENT
    assert (scene.job(hidden)["state"], scene.job(hidden)["tries"]) == (J.QUEUED, 1)


def test_each_failed_task_of_somebody_else_is_looked_at_once(
    scene: Scene, failures: HiddenFailures, fail: Callable[..., None]
) -> None:
    mine = scene.attempt(age_s=LONG_AGO_S)
    fail(scene.tag(mine, deployment="others"), f"another program of {scene.deployment}")
    before = looks(scene)
    search_to_the_end(scene, failures)
    once = looks(scene)
    assert once > before
    assert scene.row(mine)["state"] == A.ABSENT
    other = scene.attempt(age_s=LONG_AGO_S)
    search_to_the_end(scene, failures)
    assert scene.row(other)["state"] == A.ABSENT
    assert looks(scene) == once


def looks(scene: Scene) -> int:
    return int(scene.provider.counters()["calls"].get("task_get", 0))


def test_one_of_ours_that_this_database_does_not_know_is_left_alone(
    scene: Scene, failures: HiddenFailures, fail: Callable[..., None]
) -> None:
    mine = scene.attempt(age_s=LONG_AGO_S)
    fail(str(Tag(scene.deployment, RUN, f"{1:032x}", stranger())))
    search_to_the_end(scene, failures)
    assert scene.row(mine)["state"] == A.ABSENT
    check_books(scene.database)


def test_only_rows_with_the_error_of_a_task_are_read() -> None:
    path = "ai_optimization/claude/llm_responses/"
    rows = [
        {"id": "a", "function": f"{path}task_post", "error_code": 40101},
        {"id": "b", "function": "task_get", "error_code": 40103},
        {"id": "c", "function": "postback_url", "error_code": 40101},
        {"id": "d", "function": "pingback_url", "error_code": 40101},
        {"id": "e", "function": f"{path}live", "error_code": 40101},
        {"id": "f", "function": f"{path}task_post"},
        {"function": f"{path}task_post", "error_code": 40101},
        {"id": "g", "error_code": 40103},
    ]
    assert error_rows(rows) == [
        ErrorRow("a", 40101, Platform.CLAUDE),
        ErrorRow("b", 40103, None),
        ErrorRow("g", 40103, None),
    ]
