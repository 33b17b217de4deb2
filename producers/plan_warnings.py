"""What somebody should know before a campaign is sent, a sentence each with the cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from producers.campaign import CampaignSpec
from producers.estimate import Estimate, duration
from producers.outlook import Outlook
from promptrelay.dataforseo.request_rules import warnings
from promptrelay.dataforseo.task_fields import known_fields
from promptrelay.domain.platform import Platform


def plan_warnings(spec: CampaignSpec, figures: Estimate, outlook: Outlook) -> Iterator[str]:
    """Money and account first, then models and parameters, then what the answers will lack."""
    yield from _money(spec, figures, outlook)
    yield from model_warnings(spec, figures, outlook)
    yield from _answers(spec, figures)


def model_warnings(spec: CampaignSpec, figures: Estimate, outlook: Outlook) -> Iterator[str]:
    """Models that the lists lack, and parameters that the provider may refuse or not use."""
    asked = {(share.platform, share.model) for share in figures.shares}
    unlisted = sorted({platform for platform, _ in asked if not outlook.models.get(platform)})
    if unlisted:
        yield f"no list of models is known for {_list(unlisted)}: promptrelay models asks for it, for free"
    for platform, name in sorted(asked):
        listed = outlook.models.get(platform)
        if listed and listed.find(name) is None:
            near = listed.nearest(name)
            yield f"{platform}'s list of models lacks {name}" + (f"; there is {_list(near)}" if near else "")
    for target in spec.targets():
        listed = outlook.models.get(target.platform)
        facts = listed.find(target.model) if listed else None
        for text in warnings(
            target.platform, target.method, target.model, target.parameters, facts=facts, rules=spec.rules
        ):
            yield text if target.platform in text else f"{target.platform}: {text}"


def _money(spec: CampaignSpec, figures: Estimate, outlook: Outlook) -> Iterator[str]:
    if outlook.paused is not None:
        yield f"the account {spec.account} is paused{f': {outlook.paused}' if outlook.paused else ''}"
    if spec.max_cost is not None and figures.cost_p50 > spec.max_cost:
        yield f"the expected cost ${figures.cost_p50} is above --max-cost ${spec.max_cost}: not all will be sent"
    balance = outlook.balance
    if balance is not None:
        left = balance.amount - balance.floor
        need, what = max((figures.cost_p90, "cost"), (figures.peak_float, "cash out"))
        if left < need:
            seen = f"${balance.amount} {duration(balance.age_s)} ago"
            floor = f", of which ${balance.floor} has to stay" if balance.floor else ""
            yield f"the balance was {seen}{floor}; the {what} may come to ${need}: top up, or send fewer"
    if spec.repeats > 1 or spec.keep_duplicates:
        yield (
            "equal requests are sent more than once: if the dashboard's limit on duplicate tasks is set (10 to"
            " 100 an hour), the rest waits for the next hour or day (40205, 40206)"
        )


def _answers(spec: CampaignSpec, figures: Estimate) -> Iterator[str]:
    silent = [
        platform
        for platform in dict.fromkeys(share.platform for share in figures.shares)
        if "web_search" in known_fields(platform, spec.method_of(platform))
        and not spec.parameters_of(platform).get("web_search")
    ]
    if silent:
        yield f"web search is off for {_list(silent)}: no citations; web_search: true asks for them"


def _list(names: Sequence[str | Platform]) -> str:
    return ", ".join(map(str, names[:-1])) + (" and " if len(names) > 1 else "") + str(names[-1])
