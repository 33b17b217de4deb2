"""Whom a search asks for a witness: the cheapest of the configured models that takes Standard tasks (P14)."""

from __future__ import annotations

from promptrelay.books.cheapest import cheapest
from promptrelay.books.forecast import ENOUGH, History
from promptrelay.domain.model import Model, ModelList
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

GPT, CLAUDE, GEMINI, SONAR = Platform.CHAT_GPT, Platform.CLAUDE, Platform.GEMINI, Platform.PERPLEXITY
MODELS = {GPT: "gpt-4o-mini", CLAUDE: "claude-sonnet-4-0", GEMINI: "gemini-2.5-flash"}


def past(*costs: tuple[Platform, str, int], method: Method = Method.STANDARD) -> History:
    return History(
        {
            (platform, method, MODELS[platform]): (Usd.of(usd).nanos,) * answers
            for platform, usd, answers in costs
        }
    )


def listed(platform: Platform, *, task_post: bool) -> dict[Platform, ModelList]:
    return {platform: ModelList(platform, [Model(MODELS[platform], task_post=task_post)])}


def test_without_own_answers_it_is_chatgpts_model() -> None:
    assert cheapest(MODELS, History(), {}, {}) == (GPT, "gpt-4o-mini")


def test_another_models_own_answers_must_have_been_cheaper() -> None:
    assert cheapest(MODELS, past((CLAUDE, "0.03", ENOUGH)), {}, {}) == (GPT, "gpt-4o-mini")
    assert cheapest(MODELS, past((GEMINI, "0.002", ENOUGH)), {}, {}) == (GEMINI, "gemini-2.5-flash")
    assert cheapest(MODELS, past((GEMINI, "0.002", ENOUGH - 1)), {}, {}) == (GPT, "gpt-4o-mini")
    both = past((GPT, "0.001", ENOUGH), (GEMINI, "0.002", ENOUGH))
    assert cheapest(MODELS, both, {}, {}) == (GPT, "gpt-4o-mini")


def test_what_live_answers_cost_says_nothing() -> None:
    live = past((CLAUDE, "0.0001", ENOUGH), method=Method.LIVE)
    assert cheapest(MODELS, live, {}, {}) == (GPT, "gpt-4o-mini")


def test_a_model_that_takes_no_tasks_is_passed_over() -> None:
    assert cheapest(MODELS, History(), listed(GPT, task_post=False), {}) == (CLAUDE, "claude-sonnet-4-0")
    assert cheapest(MODELS, History(), listed(GPT, task_post=True), {}) == (GPT, "gpt-4o-mini")
    assert cheapest({SONAR: "sonar"}, History(), {}, {}) is None
    assert cheapest({}, History(), {}, {}) is None


def test_who_failed_lately_is_asked_after_the_others() -> None:
    assert cheapest(MODELS, History(), {}, {GPT: 1}) == (CLAUDE, "claude-sonnet-4-0")
    assert cheapest(MODELS, History(), {}, {GPT: 1, CLAUDE: 1, GEMINI: 2}) == (GPT, "gpt-4o-mini")
