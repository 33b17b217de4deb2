"""What is no longer wanted, or comes too late, is not posted, however late that shows (P2, P25, P26)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import redis
import sqlalchemy as sa

from promptrelay.database.attempts import permission
from promptrelay.database.schema import accounts, attempts, jobs, runs
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.domain.platform import Method
from promptrelay.redis_url import client_url
from tests.integration.workers.paying_bench import PLATFORM, START_WINDOW_S, Bench
from workers.paying import send_window
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk

JOBS = 3


def post(bench: Bench) -> None:
    post_chunk(bench.rooms, PLATFORM, bench.claimed(JOBS))


def ask(bench: Bench) -> None:
    (job_id,) = bench.claimed(method=Method.LIVE)
    ask_live(bench.rooms, PLATFORM, job_id)


WAYS = pytest.mark.parametrize(
    ("send", "way", "count"), [(post, "standard", JOBS), (ask, "live", 1)], ids=["standard", "live"]
)
Send = Callable[[Bench], None]


def check_not_sent(bench: Bench, count: int) -> None:
    assert bench.posted == []
    assert bench.states() == (["rejected"] * count, ["queued"] * count)
    (run,) = bench.all(runs)
    assert (run["reserved_nanos"], run["float_nanos"], run["spent_nanos"]) == (0, 0, 0)
    assert bench.slots_in_use() == 0
    assert {job["tries"] for job in bench.all(jobs)} == {0}


@WAYS
def test_what_is_wanted_and_in_time_is_posted_once(bench: Bench, send: Send, way: str, count: int) -> None:
    bench.hooks[f"{way}.after_check"] = lambda: checked.append(len(bench.posted))
    checked: list[int] = []
    send(bench)
    assert checked == [0]
    assert [len(body) for body in bench.posted] == [count]


@WAYS
@pytest.mark.parametrize(
    ("table", "state"),
    [(runs, "paused"), (runs, "cancelled"), (runs, "stopped_budget"), (accounts, "paused")],
    ids=["the run is paused", "the run is cancelled", "the run is stopped", "the account is paused"],
)
def test_a_command_between_permission_and_check_stops_the_post(
    bench: Bench, send: Send, way: str, count: int, table: sa.Table, state: str
) -> None:
    bench.hooks[f"{way}.after_a"] = lambda: bench.change(table, state=state)
    send(bench)
    assert bench.posted == []
    assert bench.states()[0] == ["rejected"] * count
    assert bench.states()[1] == ["cancelled" if state == "cancelled" else "queued"] * count


def test_a_chunk_of_which_one_attempt_was_revoked_is_not_sent_and_its_others_wait(bench: Bench) -> None:
    """P11: its body is encoded already, so it never shrinks."""

    def revoke() -> None:
        with bench.rooms.database.write() as connection:
            one = sa.select(sa.func.min(attempts.c.id)).scalar_subquery()
            connection.execute(sa.update(attempts).where(attempts.c.id == one).values(state="rejected"))

    bench.hooks["standard.after_a"] = revoke
    post(bench)
    assert bench.posted == []
    assert bench.states()[0] == ["rejected"] * JOBS


@WAYS
def test_a_worker_that_was_told_to_end_posts_nothing(bench: Bench, send: Send, way: str, count: int) -> None:
    bench.hooks[f"{way}.after_a"] = bench.rooms.ending.set
    send(bench)
    check_not_sent(bench, count)


@WAYS
def test_a_process_that_stood_still_for_the_window_sends_nothing(
    bench: Bench, send: Send, way: str, count: int
) -> None:
    """Also when it stood still in transaction A: the window is counted from before it."""

    def stand_still() -> None:
        bench.clock.ahead_s += bench.rooms.pace.send_window_s

    bench.hooks[f"{way}.after_a"] = stand_still
    send(bench)
    check_not_sent(bench, count)


def slow_reading(
    bench: Bench, seconds: float, monkeypatch: pytest.MonkeyPatch, *, times: int = 1
) -> list[bool]:
    """The check's own reading takes that long, so often: an answer that was true when it was asked for."""
    found: list[bool] = []

    def read(connection: sa.Connection, attempt_ids: Sequence[str]) -> bool:
        found.append(permission.still_permitted(connection, attempt_ids))
        bench.clock.ahead_s += seconds if len(found) <= times else 0.0
        return found[-1]

    monkeypatch.setattr(send_window, "still_permitted", read)
    return found


@WAYS
def test_a_reading_that_outlasts_the_window_sends_nothing(
    bench: Bench, send: Send, way: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_reading(bench, bench.rooms.pace.send_window_s, monkeypatch)
    send(bench)
    check_not_sent(bench, count)


def test_a_reading_that_outlasts_the_slots_start_window_asks_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P25: shorter than the send window, and a call that begins later would outlast its slot."""
    assert bench.rooms.pace.send_window_s > START_WINDOW_S
    slow_reading(bench, START_WINDOW_S, monkeypatch)
    ask(bench)
    check_not_sent(bench, 1)


@pytest.mark.parametrize(
    ("send", "point", "count"),
    [(post, "standard.before_a", JOBS), (ask, "live.after_slot", 1)],
    ids=["the send window", "the slot's start window"],
)
def test_a_window_that_ends_with_a_fresh_permit_in_hand_sends_nothing(
    bench: Bench, send: Send, point: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second permit is taken just before the end: after the next reading only the window says no."""
    window_s = START_WINDOW_S if send is ask else bench.rooms.pace.send_window_s
    began: list[float] = []
    bench.hooks[point] = lambda: began.append(bench.clock.boottime())
    steps = iter([lambda: began[0] + window_s - 0.1 - bench.clock.boottime(), lambda: 0.2])

    def read(connection: sa.Connection, attempt_ids: Sequence[str]) -> bool:
        found = permission.still_permitted(connection, attempt_ids)
        bench.clock.ahead_s += next(steps, lambda: 0.0)()
        return found

    monkeypatch.setattr(send_window, "still_permitted", read)
    send(bench)
    check_not_sent(bench, count)


def test_a_live_call_keeps_the_send_window_under_a_slot_that_lasts_longer(bench: Bench) -> None:
    """Past it SQL may call the attempt unknown, whatever its slot allows (P27)."""
    window_s = bench.rooms.pace.send_window_s
    client = redis.Redis.from_url(client_url(bench.settings.redis_url))
    slots = LiveSlots(
        client, account="default", lease_s=window_s * 4, start_window_s=window_s * 2, clock=bench.clock
    )
    bench.rooms = replace(bench.rooms, slots=slots)

    def stand_still() -> None:
        bench.clock.ahead_s += window_s

    bench.hooks["live.after_a"] = stand_still
    ask(bench)
    check_not_sent(bench, 1)


def test_a_permit_that_went_stale_is_replaced_by_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P26: and everything is asked again before the post."""
    readings = slow_reading(bench, 1.0, monkeypatch, times=2)
    post(bench)
    assert readings == [True] * 3
    assert len(bench.posted) == 1


def test_a_stale_permit_is_not_replaced_beyond_the_window(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = slow_reading(bench, bench.rooms.pace.send_window_s / 4, monkeypatch, times=9)
    post(bench)
    assert len(readings) == 4
    check_not_sent(bench, JOBS)
