"""A real worker process on a site's database, Redis and stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from tests.checkout import ROOT
from tests.integration.workers.site import Site


class WorkerProcess:
    """Started by a command line; ended by its id."""

    def __init__(self, site: Site, command: Sequence[str], **changes: str) -> None:
        settings = site.settings
        ours = {
            "API_URL": settings.api_url,
            "API_LOGIN": "simulator",
            "API_PASSWORD": "simulator",
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis_url,
            "DATABASE_URL": settings.database_url,
            "TESTING": "1",
            "TIME_SCALE": "600",
            "CALLS_PER_MINUTE": "20000",
            "LIVE_START_WINDOW_S": str(settings.live_start_window_s),
            "SEND_WINDOW_S": str(settings.send_window_s),
            **changes,
        }
        self.log = site.folder / f"worker-{os.urandom(4).hex()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **{f"PROMPTRELAY_{name}": value for name, value in ours.items()}},
                stdout=log,
                stderr=log,
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "ready" in self.log.read_text()

    def ask_to_end(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
