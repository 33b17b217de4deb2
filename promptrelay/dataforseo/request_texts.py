"""The texts of a request beside the prompt: system message, earlier messages, city, addresses."""

from __future__ import annotations

from collections.abc import Iterator

from promptrelay.dataforseo.request import Finding, Request
from promptrelay.domain.platform import Platform
from promptrelay.domain.prompt_rules import flaw

MAX_MESSAGES = 10
_ROLES = ("user", "ai")
_MAX_CITY_CHARS = 255


def text_findings(request: Request) -> Iterator[Finding]:
    """What is wrong or doubtful with the request's texts, without quoting them."""
    longest = request.rules.max_text_chars
    for field, most in (("system_message", longest), ("web_search_city", _MAX_CITY_CHARS)):
        if field in request.sent:
            yield from _text(field, request.sent[field], most)
    if request.sent.get("web_search_city") == "":
        yield Finding("web_search_city is empty: name a city or leave it out")
    for field in ("postback_url", "pingback_url"):
        url = request.sent.get(field, "https://")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            yield Finding(f"{field} is no address: it starts with https:// or http://")
    yield from _chain(request)


def _text(name: str, value: object, most: int) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(f"{name} is not text: write text")
    elif len(value) > most:
        over = len(value) - most
        yield Finding(f"{name} has {len(value)} characters, {over} more than the {most} allowed: shorten it")
    elif (wrong := flaw(value)) is not None:
        yield Finding(f"{name} has {wrong}")


def _chain(request: Request) -> Iterator[Finding]:
    messages = request.sent.get("message_chain")
    if messages is None:
        return
    if not isinstance(messages, list | tuple):
        yield Finding('message_chain is not a list: write a list of {"role": …, "message": …}')
        return
    if len(messages) > MAX_MESSAGES:
        yield Finding(
            f"message_chain has {len(messages)} messages where {MAX_MESSAGES} are allowed: leave some out"
        )
    for number, message in enumerate(messages, 1):
        yield from _message(request, number, message)
    if request.platform is Platform.PERPLEXITY:
        yield from _turns(messages)


def _message(request: Request, number: int, message: object) -> Iterator[Finding]:
    name = f"message_chain, message {number}"
    if not isinstance(message, dict) or message.keys() != {"role", "message"}:
        yield Finding(f"{name} has to be an object with role and message and nothing else")
        return
    if message["role"] not in _ROLES:
        yield Finding(f"{name}: the role has to be user or ai")
    if message["message"] == "":
        yield Finding(f"{name}: the message is empty: write it or leave it out")
    yield from _text(name, message["message"], request.rules.max_text_chars)


def _turns(messages: list[object] | tuple[object, ...]) -> Iterator[Finding]:
    """Perplexity wants user and ai by turns; the prompt is the user's, so ai should come last."""
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    for number, role in enumerate(roles, 1):
        turn = _ROLES[(number - 1) % 2]
        if role in _ROLES and role != turn:
            yield Finding(
                f"message_chain, message {number}: perplexity wants user and ai by turns, beginning with"
                f" user, so the role has to be {turn}"
            )
            return
    if len(roles) % 2:
        yield Finding(
            "message_chain ends with user, and the prompt is user again: perplexity wants turns, so end it"
            " with ai",
            is_certain=False,
        )
