"""Schedules as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from producers.plan.plan import Plan
from producers.readable import dollars
from producers.schedules.schedules import Projection, Wanted
from producers.schedules.sheet import utc_text
from promptrelay.domain.money import Usd
from promptrelay.visible import visible

_STYLES = {"active": "green", "paused": "yellow", "fired": "green", "queued": "cyan", "missed": "yellow"}


def added_lines(wanted: Wanted, plan: Plan, times: list[float], month: Projection) -> Iterator[str]:
    """The times and the cost, before the schedule is kept."""
    yield f"{wanted.name}  {wanted.timing}, {plan.jobs:,} jobs a run"
    for number, at in enumerate(times):
        start = "next times" if number == 0 else ""
        yield f"  {start:11} {wanted.timing.wall(at)} {wanted.timing.zone.key}  {utc_text(at)}"
    if wanted.jitter_s:
        yield f"  {'jitter':11} each up to {wanted.jitter_s:,} s later"
    runs = f"{month.runs:,} run{'' if month.runs == 1 else 's'} in 30 days"
    yield f"  {'cost':11} {dollars(month.low)} to {dollars(month.high)} for {runs}, {plan.estimate.basis}"
    if wanted.monthly_cap is not None:
        short = "; it will not pay for all of them" if month.low > wanted.monthly_cap else ""
        yield f"  {'monthly cap':11} {dollars(wanted.monthly_cap)}{short}"


def list_text(found: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each schedule."""
    if not found:
        yield "there is no schedule yet; keep one: promptrelay schedule add FILE --cron '0 7 * * *'"
        return
    yield f"{'schedule':24} {'state':8} {'timing':28} {'next':26} last"
    for row in found:
        upcoming = row["next"]["wall"] if row["next"] else "-"
        last = f"{row['last']['wall']} {row['last']['outcome']}" if row["last"] else "-"
        yield f"{row['schedule'][:24]:24} {row['state']:8} {row['timing'][:28]:28} {upcoming:26} {last}"
        if row["state"] == "paused":
            yield f"{'':24} {visible(row['reason'])}"


def sheet_text(found: dict[str, Any]) -> RenderableType:
    """Its times, its policies, its money and its history."""
    heading = Text.assemble((found["schedule"], "bold"), f"  {found['timing']}  ")
    heading.append(found["state"], style=_STYLES.get(found["state"], ""))
    if found["reason"]:
        heading.append(f" ({visible(found['reason'])})")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for label, text in _facts(found):
        grid.add_row(label, visible(text))
    parts: list[RenderableType] = [heading, "", grid]
    if found["history"]:
        parts += ["", _history(found["history"])]
    return Group(*parts)


def _facts(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "campaign", f"{found['campaign']}, {found['file']}"
    for number, at in enumerate(found["times"]):
        yield "next times" if number == 0 else "", f"{at['wall']} {found['zone']}  {at['utc']}"
    for name in ("start", "end"):
        if found[name]:
            yield name, f"{found[name]['wall']} {found['zone']}"
    most = f" (at most {found['misfire_max']})" if found["misfire"] == "all" else ""
    yield "missed", f"{found['misfire']}{most}"
    yield "overlap", found["overlap"]
    if found["jitter_s"]:
        yield "jitter", f"up to {found['jitter_s']:,} s"
    month = found["month"]
    money = f"{dollars(Usd.of(month['spent']))} in {month['month']}"
    if month["set_aside"] != "0":
        money += f", up to {dollars(Usd.of(month['set_aside']))} more by unfinished runs"
    if found["monthly_cap"]:
        money += f", of {dollars(Usd.of(found['monthly_cap']))} a month"
    yield "spent", money


def _history(history: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("time", "outcome", "run", "prompts"):
        table.add_column(name, no_wrap=name != "outcome")
    table.add_column("USD", justify="right")
    for fires in _runs_of_missed(history):
        fire = fires[0]
        if len(fires) > 1:
            outcome = Text(f"{len(fires)} times missed, since {fires[-1]['wall']}", "yellow")
            table.add_row(fire["wall"], outcome, "", "", "")
            continue
        outcome = Text(fire["outcome"], style=_STYLES.get(fire["outcome"], ""))
        outcome.append(" by hand" if fire["by_hand"] else "")
        outcome.append(f": {visible(fire['reason'])}" if fire["reason"] else "")
        run = f"{fire['run']} {fire['run_state']}" if fire["run"] else ""
        table.add_row(fire["wall"], outcome, run, changes_text(fire), fire["spent"] or "")
    return table


def _runs_of_missed(history: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Times that were missed one after the other together, every other time alone."""
    for missed, fires in groupby(history, lambda fire: fire["outcome"] == "missed"):
        if missed:
            yield list(fires)
        else:
            yield from ([fire] for fire in fires)


def changes_text(fire: dict[str, Any]) -> str:
    """`+2 -1`: prompts that the run before lacks, and that this one lacks."""
    if fire["changed"] is None:
        return ""
    if not fire["changed"]:
        return "same"
    added, removed = fire["prompts_added"] or 0, fire["prompts_removed"] or 0
    return f"+{added:,} -{removed:,}" if added or removed else "other settings"
