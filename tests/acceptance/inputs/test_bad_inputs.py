"""Whatever is handed in, one line names the place and the cure, and nothing is sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import call, surroundings
from tests.acceptance.inputs.bad_commands import COMMANDS, OPTIONS, SETTINGS
from tests.acceptance.inputs.bad_files import CAMPAIGNS, FILES
from tests.acceptance.inputs.bad_inputs import GOOD, Bad
from tests.acceptance.provider import Provider, start_provider

TABLE = [*FILES, *CAMPAIGNS, *OPTIONS, *SETTINGS, *COMMANDS]
LONGEST_LINE = 420


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    running = start_provider(tmp_path_factory.mktemp("provider"), [])
    yield running
    running.stop()


@pytest.fixture
def environment(provider: Provider) -> dict[str, str]:
    """Everything is there to send with: credentials, a provider, a place for data."""
    return {
        "API_URL": provider.url,
        "API_LOGIN": "simulator",
        "API_PASSWORD": "simulator",
        "DATA_DIR": "data",
    }


def lay_out(folder: Path, bad: Bad) -> None:
    for name, content in {"p.csv": GOOD, **bad.files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_the_table_is_long_and_says_each_thing_once() -> None:
    assert len(TABLE) >= 60
    told = {(tuple(bad.words), str(bad.files), str(bad.settings)) for bad in TABLE}
    assert len(told) == len(TABLE)


@pytest.mark.parametrize("bad", TABLE, ids=[bad.name for bad in TABLE])
def test_a_bad_input_gets_its_line(
    bad: Bad, environment: dict[str, str], provider: Provider, tmp_path: Path
) -> None:
    lay_out(tmp_path, bad)
    said = call(bad.words, folder=tmp_path, environment=environment | dict(bad.settings))
    assert (said.err, said.out, said.code) == (f"promptrelay: {bad.line}\n", "", bad.code)
    assert len(said.err) <= LONGEST_LINE, "nobody reads on"
    assert provider.posts() == 0


@pytest.mark.parametrize(
    "bad", [FILES[0], CAMPAIGNS[2], OPTIONS[0], SETTINGS[0], COMMANDS[0]], ids=lambda b: b.name
)
def test_the_installed_command_says_the_same(bad: Bad, environment: dict[str, str], tmp_path: Path) -> None:
    lay_out(tmp_path, bad)
    done = subprocess.run(
        [Path(sys.executable).parent / "promptrelay", *bad.words],
        cwd=tmp_path,
        env=surroundings(environment | dict(bad.settings)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stderr, done.stdout, done.returncode) == (f"promptrelay: {bad.line}\n", "", bad.code)


def test_nothing_at_all_shows_the_commands(environment: dict[str, str], tmp_path: Path) -> None:
    said = call([], folder=tmp_path, environment=environment)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Usage: promptrelay [OPTIONS] COMMAND")
