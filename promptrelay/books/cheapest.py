"""Which of the configured models answers a Standard task for the least (P14)."""

from __future__ import annotations

from collections.abc import Mapping

from promptrelay.books.charges import PLAIN
from promptrelay.books.forecast import ENOUGH, History
from promptrelay.domain.model import ModelList
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform


def cheapest(
    models: Mapping[Platform, str],
    past: History,
    lists: Mapping[Platform, ModelList],
    failures: Mapping[Platform, int],
) -> tuple[Platform, str] | None:
    """The platform and its model, of those that failed least lately.

    The first of them, ChatGPT's as a rule, unless another's own answers were cheaper than its own (than the
    published figure while it has too few). None when the lists of models say that no one takes tasks.
    """
    able = [one for one in models.items() if _takes_tasks(lists, *one)]
    fewest = min((failures.get(platform, 0) for platform, _ in able), default=0)
    able = [one for one in able if failures.get(one[0], 0) == fewest]
    known = [one for one in able[1:] if _own(past, *one)]
    return min([*able[:1], *known], key=lambda one: _own(past, *one) or PLAIN.p50, default=None)


def _takes_tasks(lists: Mapping[Platform, ModelList], platform: Platform, model: str) -> bool:
    listed = lists.get(platform)
    facts = listed.find(model) if listed else None
    return platform.has_standard and (facts is None or facts.task_post is not False)


def _own(past: History, platform: Platform, model: str) -> Usd | None:
    """The median charge of the model's own answers, if there are enough."""
    answers = past.charges.get((platform, Method.STANDARD, model), ())
    return past.of(platform, Method.STANDARD, model).p50 if len(answers) >= ENOUGH else None
