"""Requests as the provider's examples shape them: we can send them, and the stand-in takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promptrelay.dataforseo.requests.task_fields import build_task, known_fields
from promptrelay.domain.platform import Method, Platform
from promptrelay.simulator.errors import Invalid
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rules.validation import check

REQUESTS = Path(__file__).parents[1] / "samples" / "requests"
NAMES = sorted(path.stem for path in REQUESTS.glob("*.json"))


def sample(name: str) -> tuple[Platform, Method, dict[str, Any]]:
    platform, method = name.split(".")
    (task,) = json.loads((REQUESTS / f"{name}.json").read_text("utf-8"))
    return Platform(platform), Method(method.removesuffix("_with_both")), task


def test_there_is_one_for_each_platform_and_method() -> None:
    found = {sample(name)[:2] for name in NAMES}
    assert len(found) == 7
    assert (Platform.PERPLEXITY, Method.STANDARD) not in found


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_one_we_send_and_none_is_lost(name: str) -> None:
    platform, method, task = sample(name)
    parameters = {
        field: value for field, value in task.items() if field not in ("user_prompt", "model_name", "tag")
    }
    assert parameters.keys() <= known_fields(platform, method)
    built = build_task(
        platform,
        method,
        prompt=task["user_prompt"],
        model=task["model_name"],
        tag=task["tag"],
        parameters=parameters,
    )
    assert built == task


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_with_both")])
def test_the_stand_in_takes_it(name: str) -> None:
    platform, method, task = sample(name)
    assert check(platform, method, task, SimulatorOptions())


def test_temperature_with_top_p_is_forbidden_in_words_and_shown_in_examples() -> None:
    """The provider's text and its examples contradict each other, so the stand-in can be either."""
    platform, method, task = sample("chat_gpt.live_with_both")
    assert check(platform, method, task, SimulatorOptions(temperature_with_top_p=True))
    with pytest.raises(Invalid, match="40501"):
        check(platform, method, task, SimulatorOptions())
