"""What the provider's lists of models say about what a campaign asks: they warn, because they lag behind.

Nothing here refuses a row: lists change while a run is unfinished, and a row refused tomorrow would make
another run of the same input, which pays again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from producers.campaign.spec import CampaignSpec, Target
from promptrelay.dataforseo.requests.rules import problems, warnings
from promptrelay.domain.model import Model, ModelList
from promptrelay.domain.platform import Method, Platform

FACTS = "model_facts"
"""Where a run's options keep the snapshot."""

Lists = Mapping[Platform, ModelList]
Kind = tuple[Platform, Method, str]


def facts_of(lists: Lists, platform: Platform, model: str) -> Model | None:
    """What the platform's list says of the model; None where it lacks it or there is no list."""
    known = lists.get(platform)
    return known.find(model) if known else None


def list_notes(kinds: Iterable[Kind], lists: Lists) -> Iterator[str]:
    """One note for all platforms whose list nobody has read yet."""
    unlisted = [platform for platform in dict.fromkeys(kind[0] for kind in kinds) if not lists.get(platform)]
    if unlisted:
        yield f"no list of models is known for {listed(unlisted)}: promptrelay models asks for it, for free"


def doubts(spec: CampaignSpec, kinds: Iterable[Kind], lists: Lists) -> Iterator[str]:
    """Models that the lists lack, and what the lists say that they do not take."""
    for platform, _, name in kinds:
        known = lists.get(platform)
        if known and known.find(name) is None:
            near = known.nearest(name)
            yield f"{platform}'s list of models lacks {name}" + (
                f"; near it is {listed(near)}" if near else ""
            )
    for target in spec.targets():
        yield from _doubts_of(spec, target, facts_of(lists, target.platform, target.model))


def notes_of(spec: CampaignSpec) -> Iterator[str]:
    """What the provider's pages leave open about the parameters, whatever the lists say."""
    said = [(t.platform, _findings(spec, t, None)[1]) for t in spec.targets()]
    yield from dict.fromkeys(_named(platform, text) for platform, texts in said for text in texts)


def snapshot(kinds: Iterable[Kind], lists: Lists) -> dict[str, dict[str, Any]]:
    """What the lists say now of the models that are asked, by platform and by the name asked for."""
    found: dict[str, dict[str, Any]] = {}
    for platform, _, name in kinds:
        facts = facts_of(lists, platform, name)
        if facts is not None:
            found.setdefault(platform.value, {})[name] = asdict(facts) | {"seen_at": lists[platform].seen_at}
    return found


def listed(names: Sequence[str]) -> str:
    """The names as part of a sentence: `a, b and c`."""
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _doubts_of(spec: CampaignSpec, target: Target, facts: Model | None) -> Iterator[str]:
    """What is found with the list's facts and not without them."""
    without = {text for texts in _findings(spec, target, None) for text in texts}
    for texts in _findings(spec, target, facts):
        yield from (_named(target.platform, text) for text in texts if text not in without)


def _findings(spec: CampaignSpec, target: Target, facts: Model | None) -> tuple[list[str], list[str]]:
    asked = (target.platform, target.method, target.model, spec.plain_parameters(target))
    return (
        problems(*asked, facts=facts, rules=spec.rules),
        warnings(*asked, facts=facts, rules=spec.rules),
    )


def _named(platform: Platform, text: str) -> str:
    return text if platform in text else f"{platform}: {text}"
