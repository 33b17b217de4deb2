"""This machine: Python, disk, what waits on it, and settings that belong to tests."""

from __future__ import annotations

import shutil
import sys
from urllib.parse import urlsplit

from config.settings import Settings
from promptrelay.cli.checks.finding import Finding, fail, ok, warn
from promptrelay.data_dir import DataDir, DataDirUnusable

OLDEST_PYTHON = (3, 11)
_GIB = 2**30
_SCARCE, _FULL = 2 * _GIB, _GIB // 4


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> list[Finding]:
    """Python is one that this program runs on."""
    shown = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return [fail("python", f"version {shown}", f"use Python {oldest} or newer")]
    return [ok("python", f"version {shown}")]


def check_data_dir(data: DataDir) -> list[Finding]:
    """The data directory is there or can be made."""
    try:
        data.make()
    except DataDirUnusable as error:
        cure = "set PROMPTRELAY_DATA_DIR to a folder that we may write to"
        return [fail("data directory", f"{data.path}: {error.why}", cure)]
    exposed = data.open_to_others()
    if exposed:
        shown = ", ".join(map(str, exposed))
        return [
            warn("data directory", f"others on this machine may read {shown}", f"chmod -R go= {data.path}")
        ]
    return [ok("data directory", str(data.path))]


def check_disk(data: DataDir) -> list[Finding]:
    """The data directory has room for databases, logs and answers."""
    free = shutil.disk_usage(data.path).free
    what = f"{free / _GIB:,.1f} GiB free for {data.path}"
    if free < _FULL:
        return [fail("disk", what, "make room: nothing can be settled on a full disk")]
    if free < _SCARCE:
        return [warn("disk", what, "make room before a large run; 100,000 answers take about 1 GiB")]
    return [ok("disk", what)]


def check_spool(data: DataDir) -> list[Finding]:
    """No Live answer waits on this machine for its store."""
    waiting = sum(path.is_file() and not path.name.startswith(".") for path in data.spool.rglob("*"))
    if waiting:
        return [
            fail(
                "spool",
                f"{waiting} Live answers in {data.spool} wait for the store; until then no Live call starts",
                "mend the store, then `promptrelay up`: workers bring them there",
            )
        ]
    return [ok("spool", "empty")]


def check_testing(settings: Settings) -> list[Finding]:
    """No setting of a test is left on."""
    if not settings.testing and settings.time_scale == 1:
        return [ok("testing", "off")]
    what = f"PROMPTRELAY_TESTING is on, waits are divided by {settings.time_scale:g}"
    if settings.has_provider and settings.time_scale != 1 and not _is_local(settings.api_url):
        return [fail("testing", f"{what}, and the provider is {settings.api_url}", _UNSET)]
    return [warn("testing", what, _UNSET)]


_UNSET = "unset PROMPTRELAY_TESTING and PROMPTRELAY_TIME_SCALE for a real provider"


def _is_local(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")
