"""P4: transaction A asks for the state `claimed`, not for a live lease; queues stay below half a lease."""

from __future__ import annotations

import pytest

from .queue_model import queue_run


@pytest.mark.parametrize("queue_wait", [60, 90])
def test_asking_for_a_live_lease_starves_a_job_whose_message_waits_longer(queue_wait: int) -> None:
    starved = queue_run(lease=60, queue_wait=queue_wait, lease_must_be_live=True)
    assert starved.passed_at is None
    assert starved.copies > 30


@pytest.mark.parametrize("queue_wait", [30, 60, 90])
def test_asking_for_the_state_alone_lets_the_first_message_through(queue_wait: int) -> None:
    assert queue_run(lease=60, queue_wait=queue_wait, lease_must_be_live=False).passed_at == queue_wait


def test_a_queue_below_half_a_lease_holds_one_copy() -> None:
    assert queue_run(lease=60, queue_wait=30, lease_must_be_live=False).copies == 1
