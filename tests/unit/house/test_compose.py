"""docker-compose.yml is valid, and every queue has a worker that consumes it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from promptrelay.broker import QUEUES

from .sources import ROOT

COMPOSE = ROOT / "docker-compose.yml"


def services(path: Path = COMPOSE) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["services"]
    return found


def consumed(all_services: dict[str, Any]) -> Counter[str]:
    """How many worker services consume each queue: the words after `promptrelay worker` up to an option."""
    commands = (service.get("command", []) for service in all_services.values())
    workers = (command[2:] for command in commands if command[:2] == ["promptrelay", "worker"])
    return Counter(
        queue for words in workers for queue in takewhile(lambda word: not word.startswith("-"), words)
    )


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    checker = [
        str(Path(sys.executable).parent / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
    ]
    return subprocess.run([*checker, str(path)], capture_output=True, text=True, timeout=60, check=False)


def test_the_file_fits_the_compose_specification() -> None:
    result = validate(COMPOSE)
    assert result.returncode == 0, result.stdout


def test_a_file_that_does_not_fit_is_seen(tmp_path: Path) -> None:
    bad = tmp_path / "docker-compose.yml"
    bad.write_text("services:\n  redis:\n    image: [1]\n")
    assert validate(bad).returncode != 0


def test_every_queue_is_consumed_by_exactly_one_service_and_no_other_queue_is() -> None:
    assert consumed(services()) == Counter(QUEUES)


def test_a_forgotten_queue_is_seen() -> None:
    with_one = {"w": {"command": ["promptrelay", "worker", "upkeep", "--concurrency", "4"]}, "redis": {}}
    assert consumed(with_one) == Counter(["upkeep"])


def migrated_first(all_services: dict[str, Any]) -> dict[str, bool]:
    """Whether each process of ours that uses the tables waits for the service that makes them."""
    users = {
        name: service
        for name, service in all_services.items()
        if service.get("command", [])[:2] in (["promptrelay", "worker"], ["promptrelay", "dispatcher"])
    }
    wanted = {"condition": "service_completed_successfully"}
    return {name: service.get("depends_on", {}).get("migrate") == wanted for name, service in users.items()}


def test_the_tables_are_made_once_before_anything_uses_them() -> None:
    found = migrated_first(services())
    assert len(found) == 6
    assert all(found.values()), found
    migrate = services()["migrate"]
    assert migrate["command"] == ["promptrelay", "migrate"]
    assert migrate["restart"] == "no", "a service that is started again never completes"
    assert migrate["volumes"] == services()["worker-standard"]["volumes"]


def test_a_worker_that_does_not_wait_for_the_tables_is_seen() -> None:
    careless = {"w": {"command": ["promptrelay", "worker", "upkeep"], "depends_on": {"redis": {}}}}
    assert migrated_first(careless) == {"w": False}


def test_redis_keeps_what_it_is_given() -> None:
    command = " ".join(services()["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_redis_runs_an_image_that_is_not_ours_and_ours_is_built_here() -> None:
    ours = {name: service for name, service in services().items() if name != "redis"}
    assert {service["build"]["dockerfile"] for service in ours.values()} == {"ops/Dockerfile"}
    assert (ROOT / "ops/Dockerfile").is_file()


def test_published_ports_are_bound_to_this_machine() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
