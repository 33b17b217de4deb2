"""A task with several results: none of them vanishes, and a count that differs is named."""

from __future__ import annotations

import json
from typing import Any

from promptrelay.dataforseo.wire.answer import Answer, answer_of, read_answer
from promptrelay.domain.money import Usd


def result(text: str, **fields: Any) -> dict[str, Any]:
    annotations = [{"title": text, "url": f"https://{text}.example"}]
    section = {"type": "text", "text": text, "annotations": annotations}
    return {"items": [{"type": "message", "sections": [section]}], **fields}


def joined(*results: Any, **task: Any) -> Answer:
    found = read_answer(json.dumps({"result": list(results), **task}).encode())
    assert found is not None
    return found


def test_texts_citations_queries_tokens_and_money_of_all_results_are_there() -> None:
    first = result(
        "rye", model_name="m-1", input_tokens=5, output_tokens=7, web_search=False, money_spent=0.01
    )
    second = result(
        "oat", model_name="m-2", input_tokens=6, reasoning_tokens=3, web_search=True, money_spent="0.02"
    )
    answer = joined(first | {"fan_out_queries": ["a"]}, second | {"fan_out_queries": ["b", "a"]})
    assert (answer.text, answer.model_name, answer.web_search) == ("ryeoat", "m-1", True)
    assert (answer.input_tokens, answer.output_tokens, answer.reasoning_tokens) == (11, 7, 3)
    assert (answer.money_spent, answer.money_spent_text) == (Usd.of("0.03"), "0.01 + 0.02")
    assert [cited.title for cited in answer.citations] == ["rye", "oat"]
    assert answer.fan_out_queries == ("a", "b")


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    assert joined(result("rye", money_spent=0.01), result("oat", money_spent=None)).money_spent is None
    assert joined(result("rye", money_spent=0.01), {}).money_spent == Usd.of("0.01")


def test_several_results_are_named() -> None:
    assert joined(result("rye"), result("oat"), result_count=2).oddity == "joined from 2 results"


def test_a_count_of_results_that_differs_is_named() -> None:
    for announced in (0, 2, "3"):
        oddity = joined(result("rye"), result_count=announced).oddity
        assert oddity == f"the provider announces {announced} results, and 1 came"


def test_one_result_as_announced_is_nothing_to_name() -> None:
    for announced in (1, None, "one"):
        assert joined(result("rye"), result_count=announced).oddity is None


def test_a_result_without_its_array_is_read_too() -> None:
    answer = answer_of({"result": result("rye")})
    assert answer is not None
    assert answer.text == "rye"
