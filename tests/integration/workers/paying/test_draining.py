"""A worker that is told to end sends nothing new, finishes what is in flight, and ends with 0."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from config.settings import Settings
from promptrelay.data_dir import DataDir
from promptrelay.database.attempts import claims
from promptrelay.domain.account.name import DEFAULT_ACCOUNT
from promptrelay.domain.platform import Method, Platform
from promptrelay.stack.services import live_child, working_children
from tests.acceptance.project import until
from tests.integration.workers.site import PLATFORM, Site
from tests.integration.workers.worker_process import WorkerProcess


def test_a_live_call_in_flight_is_answered_and_the_next_is_not_begun(
    open_site: Callable[..., Site], tmp_path: Path
) -> None:
    site = open_site(f"sqlite:///{tmp_path / 'promptrelay.sqlite3'}", live_start_window_s=2.0)
    # The stand-in's time is 600 times ours: a call of about six seconds.
    site.provider.change(live_latency_s=3600, live_latency_max_s=3600, live_limit_s=7200)
    until(site.rooms.slots.needs_seeding, 10)
    assert site.rooms.slots.seed({})
    jobs = site.claim(site.submit(3, method="live"), method=Method.LIVE)
    worker = WorkerProcess(
        site, ["-m", "promptrelay.cli.main", "worker", f"live.{PLATFORM}", "--concurrency", "1"]
    )
    try:
        until(worker.is_ready, 60)
        for job_id in jobs:
            site.rooms.publisher.ask(PLATFORM, job_id)
        until(site.provider.tasks, 30)
        worker.ask_to_end()
        assert worker.process.wait(60) == 0, worker.log.read_text()
    finally:
        worker.kill()
    states = site.job_states()
    assert states.pop("done") == 1
    # One message may have been in the worker's hands already: it was given back at once.
    assert sum(states.values()) == 2
    assert set(states) <= {"claimed", "queued"}
    assert site.attempt_states() == {"settled": 1}
    assert len(site.provider.tasks()) == 1
    with site.rooms.database.write() as connection:
        assert claims.end_stale_leases(connection) == 0, "their lease has not ended"
        claims.end_leases(connection, DEFAULT_ACCOUNT)
    assert site.job_states() == {"done": 1, "queued": 2}


def test_our_own_stack_lets_every_call_reach_its_deadline(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, live_limit_s=300, call_deadline_s=70)
    data = DataDir(tmp_path)
    live = live_child(settings, data, {}, Platform.CLAUDE)
    assert live.stop_grace_s > settings.live_deadline_s
    standard = {child.name: child for child in working_children(settings, data, {}, [])}["worker-standard"]
    assert standard.stop_grace_s > settings.call_deadline_s
