"""What a run's attempts set aside: the dearest kind's 90th percentile, or what a setting says (P22)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from producers.campaign.spec import CampaignSpec
from producers.plan.reserves import Reserves, reserves
from producers.plan.survey import survey
from promptrelay.books.forecast import History, Kind
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.postings import Terms

CHAT, PERPLEXITY = Platform.CHAT_GPT, Platform.PERPLEXITY
Charges = Mapping[Kind, tuple[int, ...]]
CENT = 10_000_000


def dearest(cents: int) -> tuple[int, ...]:
    """Twenty answers, of which nine in ten cost at most this."""
    return (CENT,) * 17 + (cents * CENT,) + (90 * CENT,) * 2


@pytest.fixture
def chosen(tmp_path: Path) -> Any:
    def choose(
        charges: Charges | None = None,
        limits: AccountTerms | None = None,
        *,
        rows: str = "prompt\na\n",
        **wanted: Any,
    ) -> Reserves:
        path = tmp_path / "p.csv"
        path.write_text(rows)
        fields: dict[str, Any] = {"platforms": (CHAT, PERPLEXITY)} | wanted
        models = fields.pop("models", {CHAT: ("m",), PERPLEXITY: ("s",)})
        spec = CampaignSpec(name="c", account="a", models=models, **fields)
        return reserves(survey(spec, path), History(charges or {}), limits or AccountTerms())

    return choose


def text(found: Reserves) -> tuple[str, str, str]:
    return str(found.standard), str(found.advance), str(found.live)


def test_without_history_it_is_the_published_figure_and_the_fee(chosen: Any) -> None:
    assert text(chosen()) == ("0.0352", "0.0102", "0.0356")


def test_one_row_that_searches_makes_it_what_searching_costs(chosen: Any) -> None:
    found = chosen(rows="prompt,web_search\na,true\nb,false\n", platforms=(CHAT,), models={CHAT: ("m",)})
    assert str(found.standard) == "0.0402"


def test_own_answers_say_it_from_twenty_on(chosen: Any) -> None:
    kinds = {(CHAT, Method.STANDARD, "m"): dearest(7), (PERPLEXITY, Method.LIVE, "s"): dearest(2)[1:]}
    assert text(chosen(kinds)) == ("0.0702", "0.0102", "0.0356")


def test_the_dearest_of_the_runs_kinds_counts_and_no_other(chosen: Any) -> None:
    kinds = {(CHAT, Method.STANDARD, name): dearest(cents) for name, cents in (("m", 3), ("n", 8), ("o", 20))}
    found = chosen(kinds, models={CHAT: ("m", "n"), PERPLEXITY: ("s",)})
    assert text(found) == ("0.0802", "0.0102", "0.0356")


def test_standard_sets_aside_fee_and_advance_at_least(chosen: Any) -> None:
    kinds = {
        (CHAT, Method.STANDARD, "m"): (CENT // 10,) * 20,
        (PERPLEXITY, Method.LIVE, "s"): (CENT // 10,) * 20,
    }
    assert text(chosen(kinds)) == ("0.0102", "0.0102", "0.0016")
    dear = AccountTerms(prices=Terms(fee=Usd.of("0.001"), advance=Usd.of("0.05")))
    assert text(chosen(kinds, dear)) == ("0.051", "0.051", "0.0016")


def test_a_method_that_the_run_does_not_use_sets_aside_what_the_other_does(chosen: Any) -> None:
    """An attempt that sets nothing aside would pass every cap."""
    kinds = {(PERPLEXITY, Method.LIVE, "s"): dearest(6), (CHAT, Method.STANDARD, "m"): dearest(9)}
    assert text(chosen(kinds, platforms=(PERPLEXITY,), models={PERPLEXITY: ("s",)})) == (
        "0.0606",
        "0.0102",
        "0.0606",
    )
    assert str(chosen(kinds, platforms=(CHAT,), models={CHAT: ("m",)}).live) == "0.0902"


@pytest.mark.parametrize(("setting", "standard"), [("0.5", "0.5"), ("0.003", "0.0102")])
def test_a_setting_goes_before_history(setting: str, standard: str, chosen: Any) -> None:
    kinds = {(CHAT, Method.STANDARD, "m"): dearest(7)}
    found = chosen(kinds, AccountTerms(reserve=Usd.of(setting)))
    assert text(found) == (standard, "0.0102", setting)
