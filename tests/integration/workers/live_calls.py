"""One Live call of a site, with everything that it needs before it."""

from __future__ import annotations

from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.domain.platform import Method
from tests.acceptance.project import until
from tests.integration.workers.site import PLATFORM, Site
from workers.paying.live import ask_live


def ask(site: Site) -> str:
    """Ask for the answer of a run of one job; returns the run."""
    run_id = site.submit(1, method="live")
    (job_id,) = site.claim(run_id, method=Method.LIVE)
    open_slots(site)
    until(lambda: site.rooms.allowance.take(Share.LIVE, wait_s=5))
    ask_live(site.rooms, PLATFORM, job_id)
    return run_id


def open_slots(site: Site) -> None:
    """A new Redis keeps its slots closed for as long as a call that it forgot could still begin (P25)."""
    until(site.rooms.slots.needs_seeding, 15)
    assert site.rooms.slots.seed({})
