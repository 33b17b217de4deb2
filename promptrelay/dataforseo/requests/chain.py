"""The earlier messages of a conversation that a request may bring along."""

from __future__ import annotations

from collections.abc import Iterator

from promptrelay.dataforseo.requests.request import Finding, Request
from promptrelay.dataforseo.requests.texts import wrong_text
from promptrelay.domain.platform import Platform

MAX_MESSAGES = 10
_ROLES = ("user", "ai")


def chain_findings(request: Request) -> Iterator[Finding]:
    """What is wrong or doubtful with the messages, without quoting them."""
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
    yield from wrong_text(name, message["message"], request.rules.max_text_chars)


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
