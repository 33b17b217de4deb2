"""The stand-in as a process, called through the provider's own client library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dataforseo_client.api.ai_optimization_api import AiOptimizationApi
from dataforseo_client.api.appendix_api import AppendixApi
from dataforseo_client.api_client import ApiClient
from dataforseo_client.configuration import Configuration

from tests.acceptance.provider import Provider, start_provider


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    options = ("time_scale=3600", "ready_calls_per_minute=200", "answer_kb_max=2")
    running = start_provider(tmp_path_factory.mktemp("provider"), options)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def connection(provider: Provider) -> Iterator[ApiClient]:
    configuration = Configuration(host=provider.url, username="simulator", password="simulator")
    # It would try again by itself, and hide what the first answer was.
    configuration.retries = 0
    with ApiClient(configuration) as client:
        yield client


@pytest.fixture(scope="module")
def api(connection: ApiClient) -> AiOptimizationApi:
    return AiOptimizationApi(connection)


@pytest.fixture(scope="module")
def appendix(connection: ApiClient) -> AppendixApi:
    return AppendixApi(connection)
