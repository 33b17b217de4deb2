"""A plan as people read it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from producers.plan.estimate import Estimate
from producers.plan.job_group import JobGroup
from producers.plan.plan import Plan
from producers.prompts.column_names import shown_name
from producers.readable import dollars, duration, shown
from promptrelay.domain.platform import Method

_SHOWN_REFUSALS = 10
_PIPED_COLUMNS = 160


def plan_console(*, stderr: bool = False) -> Console:
    """A console that does not fold lines for a terminal that is not there."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_PIPED_COLUMNS)


def plan_text(plan: Plan) -> RenderableType:
    """Counts, costs with their basis, cash out and time, then what to know before sending it."""
    parts: list[RenderableType] = [_heading(plan), *_refused(plan)]
    if plan.can_be_sent:
        parts += ["", _shares(plan), "", _figures(plan.estimate)]
    lines = [*_marked("!", plan.warnings, "yellow"), *_marked("-", plan.notes, "dim")]
    if lines:
        parts += ["", *lines]
    return Group(*parts)


def prompt_text(plan: Plan) -> Text:
    """Which column the prompts are read from, and the first of them, so that somebody sees what is asked."""
    column, first = plan.prompts.seen.prompt_column, shown(" ".join(plan.prompts.first_prompt.split()))
    where = f"prompts from the column {shown_name(column)}; " if column else ""
    return Text.assemble((f"{where}the first: ", "dim"), first, no_wrap=True, overflow="ellipsis")


def _heading(plan: Plan) -> Text:
    found = plan.prompts
    text = Text.assemble((plan.campaign, "bold"), f"  {_count(found.rows, 'prompt')}")
    if plan.repeats > 1:
        text.append(f", each {plan.repeats:,} times")
    text.append(f", {_count(plan.jobs, 'job')}")
    for number, what in ((found.duplicates, "repeated"), (found.seen.blank_lines, "blank lines")):
        if number:
            text.append(f", {number:,} {what}", "dim")
    if found.refused_rows:
        text.append(f", {found.refused_rows:,} refused", "red")
    return text


def _refused(plan: Plan) -> list[Text]:
    found = plan.prompts
    lines = [
        Text.assemble(("  line ", "dim"), (f"{row.line_no}", "red"), f"  {row.reason}")
        for row in found.refused[:_SHOWN_REFUSALS]
    ]
    more = found.refused_rows - len(lines)
    return [*lines, Text(f"  and {more:,} more: plan --json lists up to 1,000", "dim")] if more else lines


def _shares(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("platform", "method", "model"):
        table.add_column(name)
    for name in ("jobs", "USD p50", "p90"):
        table.add_column(name, justify="right")
    table.add_column("an answer, from", style="dim")
    for shares in plan.by_platform().values():
        for share in shares:
            table.add_row(share.platform, share.method, share.model, *_sums(share), _basis(share))
    if len(plan.estimate.groups) > 1:
        table.add_section()
        table.add_row("together", "", "", *_sums(plan.estimate), style="bold")
    return table


def _sums(of: JobGroup | Estimate) -> tuple[str, str, str]:
    return f"{of.jobs:,}", dollars(of.cost_p50), dollars(of.cost_p90)


def _basis(share: JobGroup) -> str:
    low, high = (dollars(share.fee + charge) for charge in (share.charge.p50, share.charge.p90))
    return f"{low} to {high}, {share.charge.basis}"


def _figures(figures: Estimate) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(style="bold")
    grid.add_column(style="dim")
    low, high = dollars(figures.cost_p50), dollars(figures.cost_p90)
    grid.add_row(
        "Cost", f"{low} to {high}", "median to 90th percentile; an answer's price is known afterwards"
    )
    if figures.peak_float:
        grid.add_row("Cash out", dollars(figures.peak_float), "at most at once: advances come back")
    limits = f"{figures.calls:,} calls at {figures.limits.calls_per_minute:,} a minute"
    if figures.live_s:
        limits += f", {figures.limits.live_slots} Live calls at once on each platform"
    grid.add_row("Time", f"{duration(figures.at_least_s)} at least", limits)
    if any(share.method is Method.STANDARD for share in figures.groups):
        grid.add_row("", "", "Standard answers may take up to 72 hours")
    return grid


def _marked(mark: str, sentences: Iterable[str], style: str) -> list[Text]:
    return [Text.assemble((f"{mark} ", style), (sentence, style)) for sentence in sentences]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
