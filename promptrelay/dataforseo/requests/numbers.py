"""The ranges of max_output_tokens, temperature and top_p, and what excludes them."""

from __future__ import annotations

from collections.abc import Iterator

from promptrelay.dataforseo.requests.leeway import DEFAULT
from promptrelay.dataforseo.requests.request import Finding, Request
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform

_HOTTEST = {Platform.CHAT_GPT: 2.0, Platform.CLAUDE: 1.0, Platform.GEMINI: 2.0, Platform.PERPLEXITY: 1.9}
_SAMPLING = ("temperature", "top_p")


def number_findings(request: Request) -> Iterator[Finding]:
    """What is wrong or doubtful with the request's numbers."""
    yield from _tokens(request)
    for field, most in (("temperature", _HOTTEST[request.platform]), ("top_p", 1.0)):
        yield from _number(request, field, most)
    yield from _exclusions(request)


def _tokens(request: Request) -> Iterator[Finding]:
    tokens = request.sent.get("max_output_tokens")
    if tokens is None:
        return
    fewest, why = _fewest(request)
    most = request.rules.max_output_tokens
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        what = _shown(tokens)
        yield Finding(f"max_output_tokens is {what}: write a whole number from {fewest} to {most}")
    elif not fewest <= tokens <= most:
        cure = "raise it" if tokens < fewest else "lower it"
        yield Finding(
            f"max_output_tokens is {tokens}, but {request.platform} takes {fewest} to {most}{why}: {cure}"
        )
    elif tokens < 1024 and request.platform is Platform.GEMINI and "-pro" in request.model:
        yield Finding(
            f"max_output_tokens is {tokens}, but {request.model} always reasons, which may need 1024:"
            " raise it",
            is_certain=False,
        )


def _fewest(request: Request) -> tuple[int, str]:
    """The fewest tokens allowed, and why it is not the usual number."""
    if request.platform is Platform.CHAT_GPT:
        return (1024, f" because {request.why_fixed}") if request.model_reasons else (16, "")
    if request.is_on("use_reasoning"):
        return (1025 if request.platform is Platform.CLAUDE else 1024), " with use_reasoning"
    return 1, ""


def fewest_tokens(platform: Platform, method: Method, model: str, facts: Model | None) -> int:
    """The fewest `max_output_tokens` that the platform takes for this model."""
    return _fewest(Request.of((platform, method), model, {}, facts, DEFAULT))[0]


def _number(request: Request, field: str, most: float) -> Iterator[Finding]:
    value = request.sent.get(field)
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield Finding(f"{field} is {_shown(value)}: write a number from 0 to {most:g}")
    elif not 0 <= value <= most:  # NaN is in no range either.
        yield Finding(
            f"{field} is {value}, but {request.platform} takes 0 to {most:g}: choose a number in between"
        )


def _exclusions(request: Request) -> Iterator[Finding]:
    asked = [field for field in _SAMPLING if field in request.sent]
    if asked and request.is_fixed:
        yield Finding(
            f"{' and '.join(asked)} cannot be chosen because {request.why_fixed}:"
            f" leave {'it' if len(asked) == 1 else 'them'} out",
            is_certain=not request.rules.sampling_when_reasoning,
        )
    elif len(asked) == len(_SAMPLING) and request.platform in (Platform.CHAT_GPT, Platform.CLAUDE):
        yield Finding(
            f"{request.platform}'s pages forbid temperature together with top_p: leave out one of them",
            is_certain=not request.rules.temperature_with_top_p,
        )


def _shown(value: object) -> str:
    """A value of the wrong type; text is named, not quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else "not a number"
