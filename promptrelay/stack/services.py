"""Which processes the embedded stack is made of, each with its command and its environment."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence

from config.settings import Settings
from promptrelay.broker import STANDARD_QUEUES, live_queue
from promptrelay.data_dir import DataDir
from promptrelay.domain.platform import Platform
from promptrelay.stack.child import wrapped
from promptrelay.stack.children import ChildSpec
from promptrelay.stack.redis_server import choose_redis, embedded_url, redis_spec
from promptrelay.stack.simulated import simulated_environment
from promptrelay.wiring import database_url, results_url

STANDARD_THREADS = 24
LIVE_THREADS = 36
_RECORDING_S = 20.0
"""What a call in flight needs beyond its deadline until its answer is stored and recorded."""


def child_environment(settings: Settings, data: DataDir, redis_url: str) -> dict[str, str]:
    """What every child of the stack is told beside the command's own environment."""
    return {
        "PROMPTRELAY_DATA_DIR": str(data.path),
        "PROMPTRELAY_REDIS_URL": redis_url,
        "PROMPTRELAY_DATABASE_URL": database_url(settings),
        "PROMPTRELAY_RESULTS_URL": results_url(settings),
    }


def redis_children(settings: Settings, data: DataDir) -> tuple[str, list[ChildSpec]]:
    """The address of Redis, and the child that serves it if none is configured. Raises NoRedis."""
    choice = choose_redis(settings.redis_url)
    if not choice.embedded:
        return settings.redis_url, []
    return embedded_url(data), [redis_spec(choice, data)]


def simulator_child(data: DataDir, port: int, time_scale: float, options: Sequence[str] = ()) -> ChildSpec:
    """The provider's stand-in on a fixed port, so that a restart finds it again."""
    changes = [part for option in (f"time_scale={time_scale}", *options) for part in ("--set", option)]
    return ChildSpec(
        name="simulator",
        argv=[*_ours("simulator"), "--port", str(port), *changes],
        log_path=data.log("simulator"),
        ready=lambda: _answers(port),
        critical=True,
    )


def simulated(settings: Settings, port: int) -> dict[str, str]:
    """The environment of children that talk to that stand-in."""
    return simulated_environment(settings, f"http://127.0.0.1:{port}")


def working_children(
    settings: Settings, data: DataDir, environment: Mapping[str, str], platforms: Sequence[Platform]
) -> list[ChildSpec]:
    """Dispatcher, the Standard worker, and a Live worker for each of these platforms."""
    standard = ["worker", *STANDARD_QUEUES, "--concurrency", str(STANDARD_THREADS)]
    grace_s = settings.call_deadline_s + _RECORDING_S
    children = [
        _child("dispatcher", ["dispatcher"], data, environment, grace_s=_RECORDING_S),
        _child("worker-standard", standard, data, environment, grace_s=grace_s),
    ]
    return [*children, *(live_child(settings, data, environment, platform) for platform in platforms)]


def live_child(
    settings: Settings, data: DataDir, environment: Mapping[str, str], platform: Platform
) -> ChildSpec:
    """The worker of one platform's Live calls; it may end once the last of them can have been answered."""
    command = ["worker", live_queue(platform), "--concurrency", str(LIVE_THREADS)]
    grace_s = settings.live_deadline_s + _RECORDING_S
    return _child(f"worker-live-{platform}", command, data, environment, grace_s=grace_s)


def flower_child(data: DataDir, environment: Mapping[str, str], port: int) -> ChildSpec:
    """Flower on loopback; it keeps few tasks, because each costs memory."""
    # Not `celery -A`: it puts the working directory first, where a stray config.py would win over ours.
    start = "import sys; from workers.app import app; app.start(sys.argv[1:])"
    command = [sys.executable, "-P", "-c", start, "flower"]
    options = ["--address=127.0.0.1", f"--port={port}", "--max-tasks=5000"]
    return ChildSpec(
        name="flower",
        argv=wrapped([*command, *options]),
        log_path=data.log("flower"),
        env=dict(environment),
        ready=lambda: _answers(port),
        stop_grace_s=5.0,
    )


def _child(
    name: str, command: Sequence[str], data: DataDir, environment: Mapping[str, str], *, grace_s: float
) -> ChildSpec:
    return ChildSpec(
        name=name,
        argv=_ours(*command),
        log_path=data.log(name),
        env=dict(environment),
        stop_grace_s=grace_s,
    )


def _ours(*command: str) -> list[str]:
    # -P: a stray config.py in the working directory must not win over ours.
    return [sys.executable, "-P", "-m", "promptrelay.cli.main", *command]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
