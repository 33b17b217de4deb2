"""A provider that does what the test says, and clients of it that are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from promptrelay.dataforseo.client import ProviderClient
from tests.integration.dataforseo.raw_provider import Behaviour, RawProvider


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], RawProvider]]:
    """Start a provider that behaves like this."""
    started: list[RawProvider] = []

    def start(behaviour: Behaviour) -> RawProvider:
        started.append(RawProvider(behaviour))
        return started[-1]

    yield start
    for provider in started:
        provider.stop()


@pytest.fixture
def client_of() -> Iterator[Callable[..., ProviderClient]]:
    made: list[ProviderClient] = []

    def make(url: str, **options: Any) -> ProviderClient:
        made.append(ProviderClient(url, "login@example.org", "pass-word-secret", **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
