"""While the object store is away nothing is searched for: an answer may lie where nobody can look (P19)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.stores.local import LocalStore
from promptrelay.database.schema import attempts, witnesses
from promptrelay.domain.states import AttemptState
from tests.integration.workers.site import PLATFORM, Site, open_site, provider, site
from workers.paying.standard import post_chunk
from workers.rooms import Rooms
from workers.unknown.recover import ask_list, search_once

__all__ = ["open_site", "provider", "site"]


class AbsentStore(LocalStore):
    """A store that does not answer."""

    def list(self, prefix: str) -> Any:
        raise StoreUnavailable("the store is away")


@pytest.fixture
def silent(site: Site) -> Site:
    """A site whose only POST never arrived: past its bound, and not as old as to need no witness."""
    site.provider.change(**{"fault.task_post.lost_before": "1x"})
    post_chunk(site.rooms, PLATFORM, site.claim(site.submit(3)))
    with site.rooms.database.write() as connection:
        past = {name: attempts.c[name] - 120.0 for name in ("created_at", "send_by", "boot_s")}
        connection.execute(sa.update(attempts).values(past))
    assert site.attempt_states() == {AttemptState.UNKNOWN: 3}
    return site


def search(rooms: Rooms) -> Any:
    return search_once(rooms, lambda since, until, offset: ask_list(rooms, since, until, offset))


def bought(site: Site) -> int:
    with site.rooms.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(witnesses)).scalar_one())


def test_without_the_store_the_list_is_not_read_and_nothing_is_concluded_or_bought(
    silent: Site, tmp_path: Path
) -> None:
    rooms = replace(silent.rooms, answers=AbsentStore(tmp_path / "away"))
    for _ in range(5):
        swept = search(rooms)
        assert (swept.trouble, swept.searched, swept.absent) == ("the store is away", 0, 0)
    assert silent.attempt_states() == {AttemptState.UNKNOWN: 3}
    assert silent.provider.counters()["calls"].get("id_list", 0) == 0
    assert bought(silent) == 0


def test_a_search_that_could_read_everything_buys_what_it_waits_for(silent: Site) -> None:
    assert search(silent.rooms).trouble is None
    assert bought(silent) == 1
    assert silent.attempt_states() == {AttemptState.UNKNOWN: 3}


@pytest.mark.parametrize("fault", ["garbage", "lost_before", "rate_40202"])
def test_a_search_that_could_not_read_everything_buys_nothing(silent: Site, fault: str) -> None:
    silent.provider.change(**{f"fault.id_list.{fault}": "1"})
    assert search(silent.rooms).trouble is not None
    assert bought(silent) == 0
