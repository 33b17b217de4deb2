"""An answer of each platform and method, in the shape that it is known to come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptrelay.dataforseo.wire.answer import Answer
from promptrelay.dataforseo.wire.reply import Entry, read_reply
from promptrelay.domain.money import Usd

SAMPLES = Path(__file__).parents[1] / "samples"


def read(name: str) -> tuple[Entry, Answer]:
    entry = read_reply((SAMPLES / f"{name}.json").read_bytes()).only
    assert entry is not None
    assert entry.result is not None
    return entry, entry.result


@pytest.mark.parametrize(
    ("name", "text", "reasoning_tokens", "queries"),
    [
        ("chat_gpt_live_answer", "Buy rye.", 12, ("flour mills Graz",)),
        ("gemini_answer", "Buy spelt.", 0, ("flour",)),
        ("perplexity_live_answer", "Any [1].", None, ()),
    ],
)
def test_text_tokens_and_queries_of_each_platform(
    name: str, text: str, reasoning_tokens: int | None, queries: tuple[str, ...]
) -> None:
    answer = read(name)[1]
    assert (answer.text, answer.reasoning_tokens, answer.fan_out_queries) == (text, reasoning_tokens, queries)
    assert (answer.input_tokens, answer.output_tokens, answer.web_search) == (9, 40, True)


def test_a_live_reply_costs_the_fee_and_what_was_spent() -> None:
    for name, spent in (("chat_gpt_live_answer", "0.0290424"), ("perplexity_live_answer", "0.0056")):
        entry, answer = read(name)
        assert answer.money_spent == Usd.of(spent)
        assert entry.cost == Usd.of(spent) + Usd.of("0.0006")


def test_each_part_of_the_reasoning_is_kept() -> None:
    assert read("chat_gpt_live_answer")[1].reasoning == ("Think of rye.", "Think of spelt.")


def test_a_source_cited_twice_is_listed_twice_with_its_place() -> None:
    twice = read("chat_gpt_live_answer")[1].citations
    assert [(c.title, c.start, c.end, c.text) for c in twice] == [("Mill", 0, 8, "Buy rye.")] * 2


def test_a_redirect_is_kept_as_it_was_written() -> None:
    (cited,) = read("gemini_answer")[1].citations
    assert cited.url == "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AAAA-_=="


def test_a_source_without_a_place_has_none() -> None:
    (cited,) = read("perplexity_live_answer")[1].citations
    assert (cited.title, cited.start, cited.end, cited.text) == ("Flour", None, None, None)
