from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

Start = Callable[..., "Simulator"]


@dataclass
class Simulator:
    """A stand-in running as a process of its own, and a session that may call it."""

    process: subprocess.Popen[str]
    url: str
    session: requests.Session

    def path(self, endpoint: str, platform: str = "chat_gpt") -> str:
        return f"{self.url}/v3/ai_optimization/{platform}/llm_responses/{endpoint}"

    def post(self, *tasks: Any, endpoint: str = "task_post", platform: str = "chat_gpt") -> requests.Response:
        return self.session.post(self.path(endpoint, platform), json=list(tasks), timeout=30)

    def get(self, endpoint: str, platform: str = "chat_gpt", timeout: float = 30) -> requests.Response:
        return self.session.get(self.path(endpoint, platform), timeout=timeout)

    def admin(self, name: str, **body: object) -> Any:
        url = f"{self.url}/admin/{name}"
        reply = requests.post(url, json=body, timeout=30) if body else requests.get(url, timeout=30)
        return reply.json()

    def code(self, reply: requests.Response) -> int:
        code: int = reply.json()["tasks"][0]["status_code"]
        return code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Simulator] = []

    def begin(*settings: str) -> Simulator:
        port_file = tmp_path / f"port{len(running)}"
        command = [
            sys.executable,
            "-m",
            "promptrelay.simulator",
            "--port",
            "0",
            "--port-file",
            str(port_file),
        ]
        for setting in settings:
            command += ["--set", setting]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["simulator"]
        assert url.endswith(f":{port_file.read_text().strip()}")
        session = requests.Session()
        session.trust_env = False
        session.auth = ("simulator", "simulator")
        running.append(Simulator(process, url, session))
        return running[-1]

    yield begin
    for simulator in running:
        simulator.session.close()
        simulator.process.terminate()
        simulator.process.wait(10)
        assert simulator.process.stdout is not None
        simulator.process.stdout.close()


@pytest.fixture
def prompt() -> Callable[..., dict[str, Any]]:
    def build(**fields: object) -> dict[str, Any]:
        return {"user_prompt": "which one is best?", "model_name": "gpt-4o", **fields}

    return build


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    def wait(condition: Callable[[], Any], seconds: float = 20) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)
        return found

    return wait
