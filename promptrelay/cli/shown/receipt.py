"""A receipt as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from promptrelay.cli.shown.provider_words import provider_lines
from promptrelay.database.runs.pausing import is_operators

_STATE_STYLES = {
    "running": "cyan",
    "loading": "cyan",
    "finished": "green",
    "paused": "yellow",
    "stopped_budget": "yellow",
    "cancelled": "red",
}
_OUTCOMES = ("done", "failed", "cancelled", "in_flight", "claimed", "queued")
_LINES = (
    ("charged", "taken by the provider"),
    ("refunded", "given back"),
    ("net", "gone for now"),
    ("held", "advances that are still out"),
    ("spend", "fees and models' charges for answers"),
    ("waste", "paid for nothing"),
    ("unexplained", "no entry explains it, or no figure tells it"),
    ("witness", "sent only to be listed, for other runs' searches"),
)
_WHY = {
    "refused": "the provider refuses the request",
    "failed": "the provider failed to answer",
    "expired": "no answer within 72 hours",
    "overdue": "no answer and no word; the advance is still out",
    "lost": "searched for and not found",
    "quarantined": "workers died of them; `promptrelay retry RUN --reason quarantined` tries once more",
    "lost_live": "a Live answer that nobody has any more",
}


def receipt_text(receipt: Mapping[str, Any]) -> RenderableType:
    """Answers by platform and outcome, money, where the answers lie, and what to type next."""
    parts: list[RenderableType] = [_heading(receipt), "", _platforms(receipt), "", _money(receipt)]
    for lines in (_warnings(receipt), _places(receipt)):
        if lines:
            parts += ["", *lines]
    return Panel(Group(*parts), title="Receipt", title_align="left", expand=False, padding=(1, 2))


def _heading(receipt: Mapping[str, Any]) -> Text:
    state = str(receipt["state"])
    text = Text.assemble((str(receipt["campaign"]), "bold"), f"  run {receipt['run']}  ")
    text.append(state.replace("_", " "), style=_STATE_STYLES.get(state, ""))
    if receipt.get("reason"):
        text.append(f" ({receipt['reason']})")
    return text


def _platforms(receipt: Mapping[str, Any]) -> Table:
    platforms: Mapping[str, Mapping[str, Any]] = receipt["platforms"]
    outcomes = [name for name in _OUTCOMES if receipt["jobs"].get(name)]
    table = _table("platform", "method", "jobs", *(name.replace("_", " ") for name in outcomes), "net USD")
    for name, entry in platforms.items():
        counts = (_count(entry["results"].get(outcome, 0)) for outcome in outcomes)
        table.add_row(name, ", ".join(entry["methods"]), _count(entry["jobs"]), *counts, entry["net"])
    table.add_section()
    totals = (_count(receipt["jobs"].get(outcome, 0)) for outcome in outcomes)
    whole = sum(receipt["jobs"].values())
    table.add_row("together", "", _count(whole), *totals, receipt["money"]["net"], style="bold")
    return table


def _money(receipt: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    money = receipt["money"]
    for name, meaning in _LINES:
        if name in money and (name in ("charged", "refunded", "net") or money[name] != "0"):
            table.add_row(name, f"${money[name]}", meaning)
    return table


def _warnings(receipt: Mapping[str, Any]) -> list[Text]:
    lines = [
        Text(f"{count:,} jobs failed: {_WHY.get(reason, reason)}", style="red")
        for reason, count in receipt.get("reasons", {}).items()
    ]
    if receipt.get("account_note"):
        lines.append(Text(str(receipt["account_note"]), "yellow"))
    lines += [Text(str(wait), "yellow") for wait in receipt.get("waits", ())]
    if receipt.get("overspend", "0") != "0":
        lines.append(
            Text(f"${receipt['overspend']} above the cap: answers cost more than was reserved", "red")
        )
    unknown = receipt["attempts"].get("unknown", 0)
    if unknown:
        ages = [attempt["age_s"] for attempt in receipt.get("unknown_attempts", [])]
        age = f", the oldest for {max(ages):,.0f} s" if ages else ""
        lines.append(
            Text(
                f"{unknown:,} sendings have no known outcome{age}: searched for, and not sent again before "
                "that has an end",
                "yellow",
            )
        )
    lines += [Text(line, "yellow") for line in provider_lines(receipt.get("provider_says", ()))]
    lines += _witnesses(receipt)
    if receipt.get("unreadable_answers"):
        count = receipt["unreadable_answers"]
        lines.append(
            Text(f"{count:,} answers make workers die; they stay fetchable, one look a day", "yellow")
        )
    return [*lines, *_odd_money(receipt), *_watched(receipt)]


def _odd_money(receipt: Mapping[str, Any]) -> list[Text]:
    """What the provider did not say, or said twice and differently (P23)."""
    lines = []
    unknown = receipt.get("unknown_money", {})
    if unknown.get("attempts"):
        lines.append(
            Text(
                f"{unknown['attempts']:,} sendings cost something that the provider did not say: "
                f"${unknown['held']} stays set aside for them until `promptrelay reconcile --book`",
                "red",
            )
        )
    off = receipt.get("cost_differences", {})
    if off.get("tasks"):
        lines.append(
            Text(
                f"{off['tasks']:,} tasks cost another sum by the provider's second word than is booked: "
                f"${off['amount']} together",
                "yellow",
            )
        )
    return lines


def _witnesses(receipt: Mapping[str, Any]) -> list[Text]:
    found = receipt.get("witnesses", {})
    if not found.get("sent"):
        return []
    held = f", ${found['held']} held" if found["held"] != "0" else ""
    count = "1 witness was" if found["sent"] == 1 else f"{found['sent']:,} witnesses were"
    return [
        Text(f"{count} bought to end the search: ${found['cost']}{held}, in the ledger as witness", "yellow")
    ]


def _watched(receipt: Mapping[str, Any]) -> list[Text]:
    watched = {name: receipt["attempts"].get(name, 0) for name in ("absent", "lost", "late", "overdue")}
    seen = ", ".join(f"{count:,} {name}" for name, count in watched.items() if count)
    if not seen:
        return []
    ages = [attempt["age_s"] for attempt in receipt.get("watched_attempts", [])]
    age = f" (the oldest sent {max(ages):,.0f} s ago)" if ages else ""
    lines = [Text(f"still watched for: {seen}{age}", "yellow")]
    twins = receipt.get("recovery", {}).get("late_twins", 0)
    if twins:
        lines.append(Text(f"{twins:,} late twins: sent again, and the first one came after all", "yellow"))
    return lines


def _places(receipt: Mapping[str, Any]) -> list[Text]:
    purged_at = receipt.get("purged_at")
    if purged_at is not None:
        day = datetime.fromtimestamp(purged_at, UTC).date().isoformat()
        return [Text(f"purged   prompts and answers were deleted on {day}", "yellow")]
    lines = [Text(f"answers  {receipt['results_url']}")] if receipt.get("results_url") else []
    return [*lines, *(Text.assemble(("next     ", ""), (line, "bold")) for line in next_commands(receipt))]


def next_commands(receipt: Mapping[str, Any]) -> list[str]:
    """What to type next, the most useful first."""
    run, jobs = receipt["run"], receipt["jobs"]
    commands = []
    if receipt["state"] == "stopped_budget":
        commands.append("the same command with a higher --max-cost or --max-float")
    if receipt["state"] == "paused":
        held = is_operators(receipt.get("reason"))
        commands.append(f"promptrelay resume {run}" if held else "the same command again: it resumes")
    if receipt["attempts"].get("unknown"):
        commands.append(f"promptrelay recover {run}")
    if receipt.get("unknown_money", {}).get("attempts"):
        commands.append("promptrelay reconcile --book --wait")
    if jobs.get("failed"):
        commands.append(f"promptrelay jobs {run} --state failed")
    if jobs.get("done"):
        commands.append(f"promptrelay results {run} --format jsonl --out answers.jsonl")
    return commands or [f"promptrelay status {run}"]


def _table(first: str, second: str, *numbers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(first)
    table.add_column(second)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"
