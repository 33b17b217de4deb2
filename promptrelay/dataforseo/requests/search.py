"""The rules of searching the web: which models can, what has to be asked together, and from where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from promptrelay.dataforseo.requests.request import Finding, Request
from promptrelay.domain.platform import Method, Platform

_CLAUDE: Final = (
    "AR AT AU BE BR CA CH CL CN DE DK ES FI FR GB HK ID IN"
    " IT JP KR MX MY NL NO NZ PH PL PT RU SA SE TR TW US ZA"
)
CLAUDE_COUNTRIES: Final = frozenset(_CLAUDE.split())
_WITHOUT_PLACE = ("o3-mini", "o1-pro", "o1")
_PLACES = ("web_search_country_iso_code", "web_search_city")
_SEARCH = ("web_search", "force_web_search", *_PLACES)
_COUNTRY = re.compile(r"[A-Z]{2}")
_COUNTRY_HINTS = {"UK": " (the United Kingdom is GB)"}


def search_findings(request: Request) -> Iterator[Finding]:
    """What is wrong or doubtful with how the request searches the web."""
    asked = [field for field in _SEARCH if field in request.sent]
    if not asked:
        return
    is_task = request.platform is Platform.CHAT_GPT and request.method is Method.STANDARD
    if is_task and not request.rules.search_in_chat_gpt_tasks:
        fields = ", ".join(asked)
        yield Finding(
            f"chat_gpt's Standard method is set to take no {fields}: leave that out, or ask it live"
        )
    yield from _support(request)
    yield from _force(request)
    yield from _needs_search(request)
    yield from _country(request)


def _support(request: Request) -> Iterator[Finding]:
    if request.is_on("web_search") and request.facts is not None and request.facts.web_search is False:
        yield Finding(
            f"web_search is true, but the list of models says that {request.model} cannot search:"
            " leave it out or choose another model",
            is_certain=False,
        )


def _force(request: Request) -> Iterator[Finding]:
    if not request.is_on("force_web_search"):
        return
    if not request.is_on("web_search"):
        yield Finding("force_web_search is true without web_search: set web_search to true as well")
    if request.is_fixed:
        yield Finding(f"force_web_search cannot be true because {request.why_fixed}: leave it out")


def _needs_search(request: Request) -> Iterator[Finding]:
    for field in (field for field in _PLACES if field in request.sent):
        if request.platform is Platform.CHAT_GPT and request.is_one_of(*_WITHOUT_PLACE):
            yield Finding(f"{field} is not taken by {request.model}: leave it out or choose another model")
        elif request.platform is not Platform.PERPLEXITY and not request.is_on("web_search"):
            yield Finding(
                f"{field} is given without web_search: set web_search to true as well",
                is_certain=request.platform is Platform.CHAT_GPT,
            )


def _country(request: Request) -> Iterator[Finding]:
    field = "web_search_country_iso_code"
    country = request.sent.get(field)
    if country is None:
        return
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        yield Finding(f"{field} is no ISO code: write two capital letters, such as FR")
    elif country in _COUNTRY_HINTS:
        yield Finding(f"{field} is {country}, which is no ISO code{_COUNTRY_HINTS[country]}: correct it")
    elif request.platform is Platform.CLAUDE:
        yield from _claude_country(request, field, country)
    elif request.platform is Platform.PERPLEXITY and not request.model.startswith("sonar"):
        yield Finding(f"{field} is taken by sonar models only: leave it out", is_certain=False)


def _claude_country(request: Request, field: str, country: str) -> Iterator[Finding]:
    if country not in CLAUDE_COUNTRIES:
        yield Finding(
            f"{field} is {country}, but claude takes only: {_CLAUDE}",
            is_certain=not request.rules.any_claude_country,
        )
    elif country == "RU":
        yield Finding(f"{field} is RU, which the provider lists but does not support", is_certain=False)
