"""A plan counts, prices and times what would be sent, and says what to know before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from producers.campaign.spec import CampaignSpec
from producers.plan.errors import ModelsDoubtful
from producers.plan.outlook import Balance, Outlook
from producers.plan.plan import make_plan
from producers.readable import dollars, duration
from promptrelay.books.forecast import History
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.model import Model, ModelList
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

CHAT, CLAUDE, GEMINI, PERPLEXITY = Platform
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
        "platforms": (CHAT, PERPLEXITY),
        "models": {CHAT: ("m", "n"), PERPLEXITY: ("s",)},
        "repeats": 2,
    }
    return CampaignSpec(**(wanted | changes))


def listing(platform: Platform, *models: Model) -> dict[Platform, ModelList]:
    return {platform: ModelList(platform, models, seen_at=1.0)}


def told(sentences: Sequence[str], words: str) -> bool:
    return any(words in sentence for sentence in sentences)


def test_jobs_are_prompts_that_differ_times_models_times_repeats(path: Path) -> None:
    found = make_plan(campaign(), path).to_json()
    assert (found["rows"], found["duplicates"], found["refused_rows"]) == (3, 1, 1)
    assert found["refused"][0]["line"] == 5
    chat, perplexity = found["platforms"]["chat_gpt"], found["platforms"]["perplexity"]
    assert (chat["method"], chat["models"], chat["jobs"]) == ("standard", ["m", "n"], 8)
    assert (perplexity["method"], perplexity["models"], perplexity["jobs"]) == ("live", ["s"], 4)
    assert (found["jobs"], found["answers"]) == (12, 18)
    assert make_plan(campaign(keep_duplicates=True), path).jobs == 18


def test_costs_are_fees_and_the_published_range_of_charges(path: Path) -> None:
    found = make_plan(campaign(), path).to_json()
    assert found["cost"]["p50"] == "0.148"  # 8 x 0.0002 + 4 x 0.0006 + 12 x 0.012
    assert found["cost"]["p90"] == "0.424"
    assert found["platforms"]["perplexity"]["cost"] == {"p50": "0.0504", "p90": "0.1424"}
    assert found["peak_float"] == "0.0816"
    assert make_plan(campaign(max_float=Usd.of("0.05")), path).to_json()["peak_float"] == "0.05"
    json.dumps(found)


def test_rows_that_search_are_priced_apart(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("prompt,web_search\na,true\nb,false\nc,\n")
    plan = make_plan(campaign(platforms=(CHAT,), models={CHAT: ("m",)}, repeats=1), path)
    assert [(share.jobs, str(share.charge.p50)) for share in plan.estimate.groups] == [
        (2, "0.012"),
        (1, "0.03"),
    ]
    assert not told(plan.warnings, "no citations")


def test_own_answers_go_before_published_figures(path: Path) -> None:
    """Twenty of the model's own, else twenty of its platform and method."""
    charges = {
        (CHAT, Method.STANDARD, "m"): tuple(range(1_000_000, 21_000_000, 1_000_000)),
        (CHAT, Method.LIVE, "m"): (9,) * 50,
        (PERPLEXITY, Method.LIVE, "s"): (9,) * 19,
    }
    plan = make_plan(campaign(), path, Outlook(history=History(charges)))
    by_model = {share.model: share.charge for share in plan.estimate.groups}
    assert (str(by_model["m"].p50), str(by_model["m"].p90)) == ("0.01", "0.018")
    assert by_model["m"].basis == "20 own answers of m"
    assert by_model["n"].basis == "20 own answers of chat_gpt's models, standard"
    assert by_model["s"].basis == "published figures"
    assert plan.to_json()["cost"]["basis"].startswith("own answers for 8 of 12 jobs")


def test_the_limits_bound_the_time(path: Path) -> None:
    outlook = Outlook(limits=AccountTerms(calls_per_minute=13, live_slots=2))
    time = make_plan(campaign(), path, outlook).to_json()["time"]
    assert (time["calls"], time["calls_s"], time["live_s"]) == (13, 60.0, 40.0)
    assert time["at_least_s"] == 60.0


def test_refused_rows_stop_it_unless_they_are_left_out(path: Path) -> None:
    plan = make_plan(campaign(), path)
    assert plan.is_refused
    assert told(plan.warnings, "--skip-invalid")
    assert not make_plan(campaign(skip_invalid=True), path).is_refused


@pytest.mark.parametrize(
    ("changes", "outlook", "words"),
    [
        ({"max_cost": Usd.of("0.1")}, {}, "$0.148 is expected, above --max-cost $0.10"),
        ({}, {}, "equal requests are sent more than once"),
        ({}, {}, "web search is off for chat_gpt: no citations"),
        ({}, {}, "rows that repeat an earlier one (1) are paid once"),
        ({}, {"paused": "no money"}, "the account a is paused: no money"),
        (
            {},
            {"balance": Balance(amount=Usd.of("0.4"), age_s=7_200)},
            "the balance was $0.40 2 h 0 min ago, and the cost may come to $0.424",
        ),
        (
            {"repeats": 1},
            {"balance": Balance(amount=Usd.of(1), age_s=5, floor=Usd.of("0.8"))},
            "of which $0.80 has to stay",
        ),
        ({}, {"models": listing(CHAT, Model("m"), Model("nn"))}, "lacks n; near it is nn"),
        (
            {},
            {"models": listing(CHAT, Model("m", task_post=False), Model("n"))},
            "chat_gpt: the list of models says that m takes no Standard tasks",
        ),
        (
            {"parameters": {"temperature": 1}},
            {"models": listing(CHAT, Model("m", reasoning=True), Model("n"))},
            "temperature cannot be chosen because m reasons",
        ),
        ({"parameters": {"temperature": 1, "top_p": 1}}, {}, "forbid temperature together with top_p"),
    ],
)
def test_what_to_know_before_it_is_sent_is_said(
    path: Path, changes: dict[str, Any], outlook: dict[str, Any], words: str
) -> None:
    assert told(make_plan(campaign(**changes), path, Outlook(**outlook)).warnings, words)


def test_what_is_in_order_is_not_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("a\nb\n")
    spec = campaign(
        platforms=(CHAT,),
        models={CHAT: ("m",)},
        repeats=1,
        parameters={"web_search": True},
        max_cost=Usd.of(1),
    )
    outlook = Outlook(
        models=listing(CHAT, Model("m-2025-04-14", web_search=True, task_post=True)),
        balance=Balance(amount=Usd.of(5), age_s=1),
    )
    plan = make_plan(spec, path, outlook)
    assert (plan.warnings, plan.notes, plan.doubts) == ((), (), ())
    plan.refuse_doubts()


def test_whoever_trusts_the_lists_is_refused_with_the_nearest_name(path: Path) -> None:
    models = {**listing(CHAT, Model("m"), Model("nn")), **listing(PERPLEXITY, Model("s"))}
    with pytest.raises(ModelsDoubtful, match="chat_gpt's list of models lacks n; near it is nn; nothing was"):
        make_plan(campaign(), path, Outlook(models=models)).refuse_doubts()
    with pytest.raises(ModelsDoubtful, match="no list of models is known for chat_gpt and perplexity"):
        make_plan(campaign(), path).refuse_doubts()


def test_without_any_list_there_is_one_note_for_all(path: Path) -> None:
    plan = make_plan(campaign(), path)
    assert [note for note in plan.notes if "list of models" in note] == [
        "no list of models is known for chat_gpt and perplexity: promptrelay models asks for it, for free"
    ]
    assert not told(plan.warnings, "list of models")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (61, "1 min 1 s"), (7_320, "2 h 2 min"), (90_000, "1 d 1 h")]
)
def test_durations_say_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("0.00001", "$0.0001"),
        ("0.5", "$0.50"),
        ("0.1234567", "$0.1235"),
        ("1234.561", "$1,234.57"),
    ],
)
def test_amounts_are_never_shown_as_less_than_they_are(amount: str, text: str) -> None:
    assert dollars(Usd.of(amount)) == text
