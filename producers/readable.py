"""Amounts, times and texts as people read them."""

from __future__ import annotations

from promptrelay.domain.money import NANOS_PER_USD, Usd
from promptrelay.visible import visible

_SHOWN_CHARS = 60


def duration(seconds: float) -> str:
    """The time in the two units that say most: `2 h 5 min`, `40 s`."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86_400, whole // 3_600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def dollars(amount: Usd) -> str:
    """The amount for reading: cents from a dollar up, four digits below, never less than it is."""
    digits = 2 if abs(amount.nanos) >= NANOS_PER_USD else 4
    step = NANOS_PER_USD // 10**digits
    text = str(Usd(-(-amount.nanos // step) * step))
    whole, _, rest = text.partition(".")
    return f"${int(whole):,}.{rest.ljust(2, '0')}"


def shown(text: str, *, most: int = _SHOWN_CHARS) -> str:
    """The text on one line, cut, with what nobody sees escaped."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"
