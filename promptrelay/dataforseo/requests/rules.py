"""What a request must be before a cent is spent on it: ranges, exclusions, and limits of single models.

Only what would be sent is looked at: a parameter that the platform and method do not know is left out of
the task (`task_fields`). Where the provider's pages contradict themselves, `RequestRules` says which is
taken, and the request is warned of instead of refused: the pages' own examples break their own rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from promptrelay.dataforseo.requests.chain import chain_findings
from promptrelay.dataforseo.requests.leeway import DEFAULT, RequestRules
from promptrelay.dataforseo.requests.numbers import number_findings
from promptrelay.dataforseo.requests.request import Finding, Request
from promptrelay.dataforseo.requests.search import search_findings
from promptrelay.dataforseo.requests.texts import text_findings
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform

__all__ = ["DEFAULT", "RequestRules", "problems", "warnings"]

_FLAGS = ("web_search", "force_web_search", "use_reasoning")


def problems(
    platform: Platform,
    method: Method,
    model: str,
    parameters: Mapping[str, Any],
    *,
    facts: Model | None = None,
    rules: RequestRules = DEFAULT,
) -> list[str]:
    """Why the provider would refuse these parameters, a sentence each with the cure; empty when it would not.

    The sentences name fields, numbers and codes, never the text of a message.
    """
    request = Request.of((platform, method), model, parameters, facts, rules)
    return [found.text for found in _findings(request) if found.is_certain]


def warnings(
    platform: Platform,
    method: Method,
    model: str,
    parameters: Mapping[str, Any],
    *,
    facts: Model | None = None,
    rules: RequestRules = DEFAULT,
) -> list[str]:
    """What the provider may refuse or leave unused, a sentence each: its pages or its list leave it open."""
    request = Request.of((platform, method), model, parameters, facts, rules)
    return [found.text for found in _findings(request) if not found.is_certain]


def _findings(request: Request) -> Iterator[Finding]:
    yield from _method(request)
    for name in _FLAGS:
        if not isinstance(request.sent.get(name, False), bool):
            yield Finding(f"{name} is neither true nor false: write one of them, without quotes")
    yield from chain(
        text_findings(request),
        chain_findings(request),
        number_findings(request),
        search_findings(request),
        _reasoning(request),
    )


def _method(request: Request) -> Iterator[Finding]:
    if request.method is Method.LIVE:
        return
    if not request.platform.has_standard:
        yield Finding(f"{request.platform} has no Standard method: ask it with method live")
    elif request.facts is not None and request.facts.task_post is False:
        yield Finding(
            f"the list of models says that {request.model} takes no Standard tasks: ask it with method live"
            " or choose another model",
            is_certain=False,
        )


def _reasoning(request: Request) -> Iterator[Finding]:
    facts = request.facts
    if request.is_on("use_reasoning") and facts is not None and facts.reasoning is False:
        yield Finding(
            f"use_reasoning is true, but the list of models says that {request.model} does not reason:"
            " leave it out or choose another model",
            is_certain=False,
        )
    forced = request.platform is Platform.GEMINI and "-pro" in request.model
    if forced and request.sent.get("use_reasoning") is False:
        yield Finding(
            f"use_reasoning is false, but {request.model} always reasons: leave it out", is_certain=False
        )
