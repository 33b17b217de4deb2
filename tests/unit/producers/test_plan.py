"""A plan counts, prices and times what would be sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from producers.campaign import CampaignSpec
from producers.estimate import duration
from producers.plan import make_plan
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform

TEXT = f"prompt\na\nb\na\n{'x' * 501}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "p.csv"
    file.write_text(TEXT)
    return file


def campaign(**changes: Any) -> CampaignSpec:
    wanted: dict[str, Any] = {
        "name": "c",
        "account": "a",
        "platforms": (Platform.CHAT_GPT, Platform.PERPLEXITY),
        "models": {Platform.CHAT_GPT: ("m", "n"), Platform.PERPLEXITY: ("s",)},
        "repeats": 2,
    }
    return CampaignSpec(**(wanted | changes))


def test_jobs_are_prompts_that_differ_times_models_times_repeats(path: Path) -> None:
    found = make_plan(campaign(), path).to_json()
    assert (found["rows"], found["duplicates"], found["refused_rows"]) == (3, 1, 1)
    assert found["refused"][0]["line"] == 5
    assert found["platforms"]["chat_gpt"] == {"method": "standard", "models": ["m", "n"], "jobs": 8}
    assert found["platforms"]["perplexity"] == {"method": "live", "models": ["s"], "jobs": 4}
    assert make_plan(campaign(keep_duplicates=True), path).jobs == 18


def test_costs_are_fees_and_the_observed_range_of_charges(path: Path) -> None:
    found = make_plan(campaign(), path).to_json()
    assert found["cost"]["p50"] == "0.148"  # 8 x 0.0002 + 4 x 0.0006 + 12 x 0.012
    assert found["cost"]["p90"] == "0.424"
    assert found["peak_float"] == "0.0816"
    assert make_plan(campaign(max_float=Usd.of("0.05")), path).to_json()["peak_float"] == "0.05"
    json.dumps(found)


def test_the_limits_bound_the_time(path: Path) -> None:
    time = make_plan(campaign(), path, calls_per_minute=13, live_slots=2).to_json()["time"]
    assert (time["calls"], time["calls_s"], time["live_s"]) == (13, 60.0, 40.0)
    assert time["at_least_s"] == 60.0


def test_the_text_quotes_no_prompt_and_names_refused_lines(path: Path) -> None:
    text = str(make_plan(campaign(), path))
    assert "line 5: the prompt has 501 characters" in text
    assert "xxxx" not in text
    assert "Note: perplexity has no Standard method" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (61, "1 min 1 s"), (7_320, "2 h 2 min"), (90_000, "1 d 1 h")]
)
def test_durations_say_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
