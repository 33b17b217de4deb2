"""What a campaign takes, and what makes it the same campaign."""

from __future__ import annotations

from typing import Any

import pytest

from producers.campaign.errors import (
    CampaignNumberInvalid,
    CampaignTextInvalid,
    ModelMissing,
    UnknownMethod,
    UnknownParameter,
)
from producers.campaign.spec import CampaignSpec
from producers.errors import ModelChoiceUnclear, ModelNameInvalid, UnknownPlatform
from producers.platform_names import models_of, platforms_of
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

BOTH = (Platform.CHAT_GPT, Platform.PERPLEXITY)


def campaign(**changes: Any) -> CampaignSpec:
    models = dict.fromkeys(Platform, ("m",))
    wanted: dict[str, Any] = {"name": "c", "account": "a", "platforms": BOTH, "models": models}
    return CampaignSpec(**(wanted | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a\x1b]52;c;x\x07"}, "The name has signs that nobody sees or that act on a terminal"),
        ({"name": "a\u202eb"}, "The name has signs that nobody sees"),
        ({"name": "a\udcffb"}, "The name has signs that nobody sees"),
        ({"tag": "a\0b"}, "The tag has a NUL character at position 2"),
        ({"tag": "\udcff"}, "The tag has half a surrogate pair at position 1"),
    ],
)
def test_a_name_or_tag_acts_on_nothing(changes: dict[str, str], said: str) -> None:
    """They stand in tables, logs and the database wherever the campaign does."""
    with pytest.raises(CampaignTextInvalid, match=said):
        campaign(**changes)


@pytest.mark.parametrize("method", ["standard", "auto"])
def test_standard_is_taken_where_there_is_one(method: str) -> None:
    spec = campaign(method=method)
    assert [target.method for target in spec.targets()] == [Method.STANDARD, Method.LIVE]


def test_live_for_want_of_standard_is_said_only_to_those_who_asked_for_standard() -> None:
    assert campaign().notes() == ("perplexity has no Standard method: it is asked Live.",)
    assert campaign(method="auto").notes() == campaign(method="live").notes() == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"max_cost": Usd.of(5)},
        {"max_float": Usd.of(5)},
        {"priority": 2},
        {"weight": 2},
        {"skip_invalid": True},
        {"platforms": BOTH[::-1]},
    ],
)
def test_caps_priority_and_order_leave_the_fingerprint(changes: dict[str, Any]) -> None:
    assert campaign(**changes).fingerprint("h") == campaign().fingerprint("h")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "d"},
        {"account": "b"},
        {"platforms": (Platform.CHAT_GPT,)},
        {"models": dict.fromkeys(Platform, ("n",))},
        {"method": "live"},
        {"repeats": 2},
        {"keep_duplicates": True},
        {"parameters": {"web_search": True}},
    ],
)
def test_what_changes_the_answers_changes_the_fingerprint(changes: dict[str, Any]) -> None:
    assert campaign(**changes).fingerprint("h") != campaign().fingerprint("h")
    assert campaign().fingerprint("h") != campaign().fingerprint("i")


def test_a_platform_is_sent_only_what_it_knows_and_the_rest_is_said() -> None:
    spec = campaign(parameters={"web_search": True, "temperature": 1})
    assert [dict(target.parameters) for target in spec.targets()] == [
        {"web_search": True, "temperature": 1},
        {"temperature": 1},
    ]
    assert "perplexity does not know web_search: not sent." in spec.notes()


@pytest.mark.parametrize("name", ["web_serach", "postback_url", "user_prompt"])
def test_a_parameter_that_no_platform_knows_is_refused(name: str) -> None:
    with pytest.raises(UnknownParameter, match=name):
        campaign(parameters={name: 1})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"method": "fast"}, UnknownMethod),
        ({"repeats": 0}, CampaignNumberInvalid),
        ({"weight": 0}, CampaignNumberInvalid),
        ({"max_cost": Usd(0)}, CampaignNumberInvalid),
        ({"models": {Platform.CHAT_GPT: ("m",)}}, ModelMissing),
        ({"models": dict.fromkeys(Platform, ("a b",))}, ModelNameInvalid),
    ],
)
def test_a_campaign_that_cannot_be_sent_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        campaign(**changes)


def test_an_unknown_platform_names_the_nearest_and_all_four() -> None:
    with pytest.raises(UnknownPlatform) as refused:
        platforms_of(["gemni"])
    message = str(refused.value)
    assert "did you mean gemini?" in message
    assert all(platform in message for platform in Platform)
    assert "\n" not in message


def test_platforms_are_taken_once_whatever_their_spelling() -> None:
    assert platforms_of(["ChatGPT", "chat-gpt", "claude"]) == (Platform.CHAT_GPT, Platform.CLAUDE)


def test_a_platform_may_have_several_models() -> None:
    found = models_of(["chat_gpt=gpt-4.1", "chat_gpt=o3", "chat_gpt=o3", "gemini=models/g:1"])
    assert found == {Platform.CHAT_GPT: ("gpt-4.1", "o3"), Platform.GEMINI: ("models/g:1",)}


@pytest.mark.parametrize("name", ["", "a b", "m" * 129, "a\nb", "größe"])
def test_what_is_no_model_name_is_refused_on_one_line(name: str) -> None:
    with pytest.raises(ModelNameInvalid) as refused:
        models_of([f"chat_gpt={name}"])
    assert "\n" not in str(refused.value)


def test_a_choice_without_a_platform_is_refused() -> None:
    with pytest.raises(ModelChoiceUnclear, match="PLATFORM=NAME"):
        models_of(["gpt-4.1"])
