"""What somebody should know before a campaign is sent, a sentence each with the cure."""

from __future__ import annotations

from collections.abc import Iterator

from producers.campaign.spec import CampaignSpec
from producers.plan.estimate import Estimate
from producers.plan.model_check import listed
from producers.plan.outlook import Outlook
from producers.plan.survey import Survey
from producers.readable import dollars, duration
from promptrelay.dataforseo.requests.task_fields import known_fields


def plan_warnings(spec: CampaignSpec, found: Survey, figures: Estimate, outlook: Outlook) -> Iterator[str]:
    """Money and account first, then parameters, then what the answers will lack."""
    yield from _money(spec, figures, outlook)
    if found.refused_rows and not spec.skip_invalid:
        yield (
            f"nothing is sent while rows are refused ({found.refused_rows:,}): correct them, or leave them"
            " out with --skip-invalid"
        )
    if found.duplicates and not spec.keep_duplicates:
        yield f"rows that repeat an earlier one ({found.duplicates:,}) are paid once and delivered to each"
    yield from _repeats(spec)
    yield from _answers(found)


def _money(spec: CampaignSpec, figures: Estimate, outlook: Outlook) -> Iterator[str]:
    if outlook.paused is not None:
        yield f"the account {spec.account} is paused{f': {outlook.paused}' if outlook.paused else ''}"
    if spec.max_cost is not None and figures.cost_p50 > spec.max_cost:
        expected, cap = dollars(figures.cost_p50), dollars(spec.max_cost)
        yield f"{expected} is expected, above --max-cost {cap}: not all fits under it"
    balance = outlook.balance
    if balance is None:
        return
    need, what = max((figures.cost_p90, "cost"), (figures.peak_float, "cash out at once"))
    if balance.amount - balance.floor < need:
        floor = f", of which {dollars(balance.floor)} has to stay" if balance.floor else ""
        yield (
            f"the balance was {dollars(balance.amount)} {duration(balance.age_s)} ago{floor}, and the {what}"
            f" may come to {dollars(need)}: top up, or send fewer"
        )


def _repeats(spec: CampaignSpec) -> Iterator[str]:
    if spec.repeats > 1 or spec.keep_duplicates:
        yield (
            "equal requests are sent more than once: where the dashboard limits duplicate tasks (10 to 100 an"
            " hour), the rest waits for the next hour or day (40205, 40206)"
        )


def _answers(found: Survey) -> Iterator[str]:
    silent = [
        platform
        for platform, method in dict.fromkeys(kind[:2] for kind in found.jobs)
        if "web_search" in known_fields(platform, method)
        and not any(kind[0] is platform for kind in found.searching)
    ]
    if silent:
        yield f"web search is off for {listed(silent)}: no citations; --web-search asks for them"
