"""Upkeep keeps every platform's list of models, and trouble with one costs only that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promptrelay.database.accounts import model_lists
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.errors import Unreadable
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Platform
from tests.acceptance.provider import Provider, start_provider
from workers.upkeep.models import models

OTHERS = [platform for platform in Platform if platform is not Platform.CLAUDE]


class Generous:
    """An allowance that always has a turn."""

    def take(self, *_: object, **__: object) -> object:
        return self


class OnceDeaf:
    """The real client, except that Claude's list is not answered."""

    def __init__(self, client: ProviderClient) -> None:
        self.client = client

    def list_models(self, platform: Platform) -> list[Model]:
        if platform is Platform.CLAUDE:
            raise Unreadable(reason="deadline")
        return self.client.list_models(platform)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    running = start_provider(tmp_path, [])
    yield running
    running.stop()


def _upkeep(rooms: Any, client: object) -> dict[Platform, int]:
    rooms.client, rooms.allowance = client, Generous()
    models.app.rooms = rooms
    models.run()
    with rooms.database.read() as connection:
        return {
            platform: len(found.models) for platform, found in model_lists.read(connection, "default").items()
        }


def test_every_list_is_kept_but_the_one_that_failed(
    rooms: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.app, "rooms", None, raising=False)
    client = ProviderClient(provider.url, "simulator", "simulator", call_deadline_s=20)
    counts = _upkeep(rooms, OnceDeaf(client))
    assert counts[Platform.CLAUDE] == 0
    assert all(counts[platform] > 2 for platform in OTHERS)
    assert _upkeep(rooms, client)[Platform.CLAUDE] > 2
    client.close()
