"""The real command against a stand-in of the provider, each a process, and none left when a test ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.project import Project
from tests.acceptance.provider import Provider, start_provider

SCALE = 600
Providers = Callable[..., Provider]
Projects = Callable[..., Project]

# Only the full-size tests keep the account's real limits; elsewhere they would be the time a test takes.
QUICK_PROVIDER = ("calls_per_minute=20000", "ready_calls_per_minute=600", "answer_kb_max=2")
QUICK_PROJECT = {"CALLS_PER_MINUTE": "20000", "TASKS_READY_PER_MINUTE": "300"}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    """Starts stand-ins with settings like `reply_order=shuffled`; later ones win."""
    running: list[Provider] = []

    def start(*settings: str, quick: bool = True) -> Provider:
        place = tmp_path / f"provider{len(running)}"
        place.mkdir()
        chosen = [f"time_scale={SCALE}", "start_balance=100000", *(QUICK_PROVIDER if quick else ())]
        running.append(start_provider(place, [*chosen, *settings]))
        return running[-1]

    yield start
    for provider in running:
        provider.stop()


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    """Makes projects of a provider; keywords are settings without PROMPTRELAY_."""
    made: list[Project] = []

    def make(provider: Provider | None, *, quick: bool = True, **settings: str) -> Project:
        folder = tmp_path / f"p{len(made)}"
        folder.mkdir()
        made.append(Project(folder, _environment(provider, folder, quick=quick, **settings)))
        return made[-1]

    yield make
    for project in made:
        project.end_everything()


def _environment(provider: Provider | None, folder: Path, *, quick: bool, **settings: str) -> dict[str, str]:
    ours = {"DATA_DIR": str(folder / "data"), "TESTING": "1", "TIME_SCALE": str(SCALE)}
    ours |= {"LIVE_START_WINDOW_S": "2"} | (QUICK_PROJECT if quick else {})
    if provider is not None:
        ours |= {"API_URL": provider.url, "API_LOGIN": "simulator", "API_PASSWORD": "simulator"}
    around = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTRELAY_")}
    return around | {f"PROMPTRELAY_{name}": value for name, value in (ours | settings).items()}
