"""`promptrelay settings` shows what is set and from where, and no secret."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.settings import Settings
from promptrelay.cli.commands.care.settings import show_settings

SECRET = "Geheim-4711"


@pytest.fixture(autouse=True)
def _given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PROMPTRELAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PROMPTRELAY_API_PASSWORD", SECRET)
    monkeypatch.setenv("PROMPTRELAY_REDIS_URL", f"rediss://worker:{SECRET}@redis:6379/0")
    monkeypatch.setenv("PROMPTRELAY_DATABASE_URL", f"postgresql://me:{SECRET}@db/x")
    (tmp_path / ".env").write_text(
        "PROMPTRELAY_DAILY_CAP_USD=5\nPROMPTRELAY_MODEL_CLAUDE=[red]\x1b]52;c;x\x07\n"
    )


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(show_settings, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert SECRET not in result.output
    return result.output


def test_each_setting_stands_there_once_with_its_origin() -> None:
    listed = json.loads(shown("--json"))["settings"]
    assert [one["name"] for one in listed] == [
        f"PROMPTRELAY_{name.upper()}" for name in Settings.model_fields
    ]
    found = {one["name"].removeprefix("PROMPTRELAY_"): one for one in listed}
    assert (found["DAILY_CAP_USD"]["value"], found["DAILY_CAP_USD"]["origin"]) == ("5", ".env")
    assert (found["API_PASSWORD"]["value"], found["API_PASSWORD"]["origin"]) == ("***", "environment")
    assert found["REDIS_URL"]["value"] == "rediss://worker:***@redis:6379/0"
    assert found["DATABASE_URL"]["value"] == "postgresql://me:***@db/x"
    assert (found["LIVE_SLOTS"]["value"], found["LIVE_SLOTS"]["origin"]) == (30, "default")


def test_the_changed_ones_can_be_shown_alone_and_signs_do_nothing() -> None:
    lines = shown("--changed").splitlines()
    assert len(lines) == 1 + 5
    (model,) = [line for line in lines if "MODEL_CLAUDE" in line]
    assert "[red]\\x1b]52;c;x\\x07" in model
