"""Of a chunk that a cap has no room for, as much is sent as fits, and the rest waits (P22)."""

from __future__ import annotations

import pytest

from promptrelay.database.schema import jobs, runs
from tests.integration.workers.paying_bench import PLATFORM, Bench
from workers.paying.standard import post_chunk


@pytest.mark.parametrize(("room", "sent"), [(0, []), (1, [1]), (3, [2]), (4, [4])])
def test_the_largest_half_that_fits_is_sent(bench: Bench, room: int, sent: list[int]) -> None:
    claimed = bench.claimed(4)
    (run,) = bench.all(runs)
    bench.change(runs, max_cost_nanos=room * run["reserve_standard_nanos"])
    post_chunk(bench.rooms, PLATFORM, claimed)
    assert [len(body) for body in bench.posted] == sent
    count = sum(sent)
    assert bench.states() == (["sent"] * count, ["in_flight"] * count + ["queued"] * (4 - count))
    assert [row["deaths"] for row in bench.all(jobs)] == [0] * 4
