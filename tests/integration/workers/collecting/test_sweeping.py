"""The ready list: what is ours is adopted and handed out once, what is not is left alone (P7, P12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from promptrelay.database.schema import attempts, provider_tasks
from promptrelay.domain.evidence import OutcomeUnknown
from tests.integration.workers.paying_bench import PLATFORM, Bench, told
from workers.collecting.ready_list import ROWS_A_MESSAGE, fetch_listed, sweep
from workers.paying.standard import post_chunk
from workers.recording import keep
from workers.rooms import Rooms


class Published:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.fetches: list[list[tuple[str, str]]] = []

    def fetch(self, _platform: str, listed: list[tuple[str, str]]) -> None:
        self.fetches.append(list(listed))


def listed(*rows: dict[str, Any]) -> Callable[[str], bytes]:
    """The list says these."""
    return lambda _: told({"id": "list", "status_code": 20000, "result": list(rows)})


def row(number: int, tag: str) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "tag": tag,
        "endpoint": f"/v3/ai_optimization/{PLATFORM}/llm_responses/task_get/x",
    }


def swept(bench: Bench) -> tuple[Rooms, Published]:
    published = Published()
    rooms = replace(bench.rooms, publisher=published)  # type: ignore[arg-type]
    _first_of_the_minute(bench)
    sweep(rooms, PLATFORM)
    return rooms, published


def _first_of_the_minute(bench: Bench) -> None:
    """The list may be asked for 20 times a minute: as if a minute had passed."""
    client = bench.rooms.ready_allowance._bucket._script.registered_client
    client.delete(bench.rooms.ready_allowance._bucket._key)


def tags(bench: Bench) -> list[str]:
    return [task["tag"] for body in bench.posted for task in body]


def sent(bench: Bench, count: int) -> list[str]:
    """Attempts by the order in which they were posted: their provider ids are p0, p1, …"""
    post_chunk(bench.rooms, PLATFORM, bench.claimed(count))
    return [tag.rpartition(".")[2] for tag in tags(bench)]


def test_what_is_listed_is_handed_out_once(bench: Bench) -> None:
    ids = sent(bench, 2)
    bench.free = listed(*(row(number, tag) for number, tag in enumerate(tags(bench))))
    _, published = swept(bench)
    assert published.fetches == [[(ids[0], "p0"), (ids[1], "p1")]]
    _, again = swept(bench)
    assert again.fetches == [], "it is on its way"


def test_a_task_of_somebody_else_is_left_alone(bench: Bench) -> None:
    """Fetching it would take it from its owner."""
    (attempt_id,) = sent(bench, 1)
    (ours,) = tags(bench)
    foreign = ours.replace(bench.rooms.deployment, "elsewhere")
    bench.free = listed(row(0, foreign), row(0, "something"), row(0, ""))
    _, published = swept(bench)
    assert published.fetches == []
    assert bench.all(attempts)[0]["id"] == attempt_id


def test_a_listed_task_whose_reply_was_lost_is_adopted(bench: Bench) -> None:
    bench.reply = lambda tasks: None
    (attempt_id,) = sent(bench, 1)
    assert bench.states() == (["unknown"], ["in_flight"])
    bench.free = listed(row(7, tags(bench)[0]))
    _, published = swept(bench)
    assert bench.states() == (["sent"], ["in_flight"])
    assert [task["provider_id"] for task in bench.all(provider_tasks)] == ["p7"]
    assert published.fetches == [[(attempt_id, "p7")]]


def test_a_second_task_under_one_tag_is_adopted_too(bench: Bench) -> None:
    """P10."""
    sent(bench, 1)
    bench.free = listed(row(9, tags(bench)[0]))
    swept(bench)
    assert sorted(task["provider_id"] for task in bench.all(provider_tasks)) == ["p0", "p9"]


def test_messages_are_of_a_size_and_an_answer_that_kills_is_alone_in_its_own(bench: Bench) -> None:
    count = ROWS_A_MESSAGE + 2
    ids = sent(bench, count)
    with bench.rooms.database.write() as connection:
        connection.execute(attempts.update().where(attempts.c.id == ids[3]).values(deaths=1))
    bench.free = listed(*(row(number, tag) for number, tag in enumerate(tags(bench))))
    _, published = swept(bench)
    assert [len(message) for message in published.fetches] == [ROWS_A_MESSAGE, 1, 1]
    assert published.fetches[-1] == [(ids[3], "p3")]


def test_what_is_not_there_yet_may_be_handed_out_again(bench: Bench) -> None:
    (attempt_id,) = sent(bench, 1)
    bench.free = listed(row(0, tags(bench)[0]))
    rooms, published = swept(bench)
    bench.free = lambda _: told({"id": "p0", "status_code": 40602, "data": {}})
    fetch_listed(rooms, published.fetches[0])
    bench.free = listed(row(0, tags(bench)[0]))
    _, again = swept(bench)
    assert again.fetches == [[(attempt_id, "p0")]]


def test_what_was_listed_is_fetched_and_settled_together(bench: Bench) -> None:
    ids = sent(bench, 3)
    by_id = dict(zip(("p0", "p1", "p2"), tags(bench), strict=True))
    rooms, _ = swept(bench)

    def answer(last: str) -> bytes:
        code = 40101 if last == "p2" else 20000
        entry = {"id": last, "status_code": code, "data": {"tag": by_id[last]}}
        return told({**entry, "result": [{"money_spent": 0.03, "items": []}] if code == 20000 else None})

    bench.free = answer
    fetch_listed(rooms, [(ids[0], "p0"), (ids[1], "p1"), (ids[2], "p2")])
    assert bench.states() == (["failed", "settled", "settled"], ["done", "done", "queued"])
    assert len(list(bench.rooms.answers.list("segments/"))) == 1
    asked = len(bench.asked)
    keep(rooms, [OutcomeUnknown(attempt_id=ids[0])])
    fetch_listed(rooms, [(ids[0], "p0")])
    assert len(bench.asked) == asked, "its answer is stored"
