from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from promptrelay.simulator.answers.answers import answer
from promptrelay.simulator.envelope import encoded
from promptrelay.simulator.tasks import Task

PLATFORMS = ("chat_gpt", "claude", "gemini", "perplexity")


def task(number: int, platform: str, *, reasons: bool = False, **request: Any) -> Task:
    return Task(
        number=number,
        id=f"id-{number}",
        platform=platform,
        method="standard",
        request={"user_prompt": "which one is best?", "tag": "t", **request},
        model="dated",
        reasons=reasons,
        posted_at=1_760_000_000.0,
        finish_at=1_760_000_100.0,
        code=20000,
        spent=Decimal("0.029042400000000003"),
    )


def answers(platform: str, count: int = 300, **fields: Any) -> list[dict[str, Any]]:
    return [answer(task(n, platform, **fields), seed=1, kb_max=20) for n in range(1, count + 1)]


def sections(entry: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = entry["result"][0]["items"][-1]["sections"]
    return found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_task_gives_the_same_bytes_and_another_gives_others(platform: str) -> None:
    asked = task(7, platform, web_search=True)
    first = encoded(answer(asked, seed=1, kb_max=20))
    assert first == encoded(answer(asked, seed=1, kb_max=20))
    assert first != encoded(answer(asked, seed=2, kb_max=20))
    assert first != encoded(answer(task(8, platform, web_search=True), seed=1, kb_max=20))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_texts_quote_the_prompt_go_up_to_20_kb_and_hold_other_scripts(platform: str) -> None:
    texts = ["".join(s["text"] for s in sections(entry)) for entry in answers(platform)]
    sizes = [len(text.encode()) for text in texts]
    assert all("which one is best?" in text for text in texts)
    assert 15_000 < max(sizes) <= 20_100
    assert min(sizes) < 1_500
    assert any("日本" in text for text in texts)


@pytest.mark.parametrize("platform", ["chat_gpt", "claude", "gemini"])
def test_without_a_search_annotations_are_null(platform: str) -> None:
    for entry in answers(platform, 20):
        assert all(section["annotations"] is None for section in sections(entry))


def test_claude_has_many_sections_and_its_queries_beside_the_result() -> None:
    entries = answers("claude", web_search=True)
    assert max(len(sections(entry)) for entry in entries) > 10
    assert all("fan_out_queries" not in entry["result"][0] for entry in entries)
    assert any(entry["fan_out_queries"] for entry in entries)
    kinds = {
        type(s["annotations"]) if s["annotations"] != [] else "empty" for e in entries for s in sections(e)
    }
    assert kinds == {type(None), list, "empty"}


def test_chat_gpt_repeats_citations_leaves_them_empty_and_places_some() -> None:
    cites = [sections(entry)[0]["annotations"] for entry in answers("chat_gpt", web_search=True)]
    assert None in cites
    assert [] in cites
    listed = [c for c in cites if c]
    assert any(c[-1] == c[-2] for c in listed if len(c) > 1)
    assert {len(cite) for c in listed for cite in c} == {2, 5}


def test_gemini_cites_redirects_with_the_place_they_support() -> None:
    for entry in answers("gemini", 50, web_search=True):
        section = sections(entry)[0]
        for cite in section["annotations"] or []:
            assert cite["url"].startswith("https://vertexaisearch.cloud.google.com/grounding-api-redirect/")
            assert section["text"][cite["start_index"] : cite["end_index"]] == cite["text"]


def test_perplexity_always_searches_and_only_answers() -> None:
    for entry in answers("perplexity", 50):
        result = entry["result"][0]
        assert [item["type"] for item in result["items"]] == ["message"]
        assert "reasoning_tokens" not in result
        assert result["fan_out_queries"] is None


def test_models_that_reason_mostly_show_it() -> None:
    shown = [entry["result"][0]["items"][0]["type"] for entry in answers("gemini", 100, reasons=True)]
    assert 50 < shown.count("reasoning") < 100


def test_money_keeps_every_digit_on_the_wire() -> None:
    assert b'"money_spent":0.029042400000000003,' in encoded(answer(task(1, "chat_gpt"), seed=1, kb_max=20))
