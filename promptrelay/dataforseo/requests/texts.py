"""The texts of a request beside the prompt: system message, city, addresses."""

from __future__ import annotations

from collections.abc import Iterator

from promptrelay.dataforseo.requests.request import Finding, Request
from promptrelay.domain.prompt_rules import flaw

_MAX_CITY_CHARS = 255


def text_findings(request: Request) -> Iterator[Finding]:
    """What is wrong with the request's texts, without quoting them."""
    longest = request.rules.max_text_chars
    for field, most in (("system_message", longest), ("web_search_city", _MAX_CITY_CHARS)):
        if field in request.sent:
            yield from wrong_text(field, request.sent[field], most)
    if request.sent.get("web_search_city") == "":
        yield Finding("web_search_city is empty: name a city or leave it out")
    for field in ("postback_url", "pingback_url"):
        url = request.sent.get(field, "https://")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            yield Finding(f"{field} is no address: it starts with https:// or http://")


def wrong_text(name: str, value: object, most: int) -> Iterator[Finding]:
    """What is wrong with a text, by its name alone."""
    if not isinstance(value, str):
        yield Finding(f"{name} is not text: write text")
    elif len(value) > most:
        over = len(value) - most
        yield Finding(f"{name} has {len(value)} characters, {over} more than the {most} allowed: shorten it")
    elif (wrong := flaw(value)) is not None:
        yield Finding(f"{name} has {wrong}")
