"""Columns called country and city say where to search from, as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from producers.campaign.wanted_rows import WantedRow, WantedRows
from producers.prompts.country import country_code
from producers.prompts.rows import RefusedRow
from promptrelay.domain.platform import Platform
from tests.unit.producers.conftest import Spec, Written

GPT, CLAUDE, GEMINI, PERPLEXITY = Platform
COUNTRY, CITY = "web_search_country_iso_code", "web_search_city"
SEARCHED = {"web_search": True}


def places(row: WantedRow | RefusedRow, platform: Platform = GPT) -> dict[str, Any]:
    assert isinstance(row, WantedRow), row
    (found,) = [target.parameters for target in row.targets if target.platform is platform]
    return {name: found[name] for name in (COUNTRY, CITY) if name in found}


@pytest.mark.parametrize("header", ["Country,City", "country,city", "COUNTRY,CITY", "country_code,City"])
def test_they_are_sent_and_given_back_where_the_web_is_searched(
    spec: Spec, written: Written, header: str
) -> None:
    path = written(f"prompt,{header}\np,Austria,Wien\nq,de,\nr,,\n", "p.csv")
    rows = WantedRows(spec(platforms=(GPT,), parameters=SEARCHED), path)
    found = list(rows)
    assert [places(row) for row in found] == [{COUNTRY: "AT", CITY: "Wien"}, {COUNTRY: "DE"}, {}]
    first = found[0]
    assert isinstance(first, WantedRow)
    assert list(first.row.variables.values()) == ["Austria", "Wien"]
    assert rows.notes() == ()


def test_without_search_they_are_variables_alone_and_that_is_said(spec: Spec, written: Written) -> None:
    """Else every file with a column of that name would be refused, or change what it asks."""
    rows = WantedRows(
        spec(platforms=(GPT, CLAUDE)), written("prompt,country\np,Nowhere\nq,AT\nr,\n", "p.csv")
    )
    assert [places(row) for row in rows] == [{}, {}, {}]
    assert rows.notes() == tuple(
        f"{name} does not search the web for 2 rows, so their country and city are not sent."
        for name in (GPT, CLAUDE)
    )


def test_perplexity_always_searches(spec: Spec, written: Written) -> None:
    (row,) = WantedRows(
        spec(platforms=(PERPLEXITY,), models={PERPLEXITY: ("sonar",)}),
        written("prompt,country\np,at\n", "p.csv"),
    )
    assert places(row, PERPLEXITY) == {COUNTRY: "AT"}


def test_a_rows_own_flag_searches_and_its_own_field_goes_first(spec: Spec, written: Written) -> None:
    text = f"prompt,web_search,country,{COUNTRY}\np,true,at,DE\nq,true,at,\nr,false,at,\n"
    rows = WantedRows(spec(platforms=(GPT,)), written(text, "p.csv"))
    assert [places(row) for row in rows] == [{COUNTRY: "DE"}, {COUNTRY: "AT"}, {}]


def test_a_column_goes_before_the_campaigns_country(spec: Spec, written: Written) -> None:
    asked = spec(platforms=(GPT,), parameters={**SEARCHED, COUNTRY: "FR"})
    rows = WantedRows(asked, written("prompt,country\np,at\nq,\n", "p.csv"))
    assert [places(row) for row in rows] == [{COUNTRY: "AT"}, {COUNTRY: "FR"}]


def test_what_is_no_country_is_refused_where_it_would_be_sent(spec: Spec, written: Written) -> None:
    (row,) = WantedRows(
        spec(platforms=(GPT,), parameters=SEARCHED), written("prompt,country\np,Atlantis\n", "p.csv")
    )
    assert isinstance(row, RefusedRow)
    assert row.reason.startswith("country has to be a country: an ISO code such as DE, or its English name;")


def test_plain_columns_are_no_places(spec: Spec, written: Written) -> None:
    asked = spec(platforms=(GPT,), parameters=SEARCHED, plain_columns=True)
    (row,) = WantedRows(asked, written("prompt,country\np,AT\n", "p.csv"))
    assert places(row) == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AT", "AT"),
        (" at ", "AT"),
        ("Austria", "AT"),
        ("south korea", "KR"),
        ("T\u00fcrkiye", "TR"),
        ("Wien", None),
    ],
)
def test_a_country_is_its_code_or_its_english_name(text: str, code: str | None) -> None:
    assert country_code(text) == code
