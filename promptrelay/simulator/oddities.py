"""Entries as they should not be written: money as text or null, no id, no result, or two of them."""

from __future__ import annotations

from decimal import Decimal

from promptrelay.simulator.envelope import Json, number
from promptrelay.simulator.provider import Provider


def posted(provider: Provider, entry: Json) -> Json:
    """The entry of a task_post, spoiled as the options say; what was charged stays charged."""
    if entry["status_code"] == 20100 and provider.strikes("id_null"):
        entry["id"] = None
    return _with_odd_cost(provider, entry)


def answered(provider: Provider, entry: Json, *, paid: bool) -> Json:
    """The same for an entry with an answer; `paid`: of a call that costs money, which says its cost."""
    if entry["result"] and provider.strikes("result_null"):
        entry |= {"result": None, "result_count": 0}
    if entry["result"] and provider.strikes("result_twice"):
        entry |= {"result": _halves(entry["result"][0]), "result_count": 2}
    for result in entry["result"] or ():
        result["money_spent"] = _odd(provider, result["money_spent"], "spent")
    return _with_odd_cost(provider, entry) if paid else entry


def _with_odd_cost(provider: Provider, entry: Json) -> Json:
    if entry["cost"]:
        entry["cost"] = _odd(provider, entry["cost"], "cost")
    return entry


def _odd(provider: Provider, amount: Decimal, name: str) -> Decimal | str | None:
    if provider.strikes(f"{name}_null"):
        return None
    return str(amount) if provider.strikes(f"{name}_text") else amount


def _halves(result: Json) -> list[Json]:
    """The result, and a second one that carries half of its charge and a text of its own."""
    half = number(result["money_spent"] / 2)
    section = {"type": "text", "text": " And there is more.", "annotations": None}
    second = result | {"money_spent": half, "items": [{"type": "message", "sections": [section]}]}
    return [result | {"money_spent": number(result["money_spent"] - half)}, second]
