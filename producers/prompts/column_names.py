"""What columns are called: compared without what nobody sees, shown so that everybody does."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from producers.readable import shown

_SHOWN_CHARS = 40


def plain_name(name: str) -> str:
    """The name composed (NFC), without format characters such as byte order marks and spaces around it."""
    visible = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFC", visible).strip()


def first_twice(names: Iterable[str]) -> str | None:
    """The first name that stands twice, by its second place; None when each stands once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def shown_name(name: str) -> str:
    """The name as it may be shown: cut, as a prompt may stand there."""
    return shown(name, most=_SHOWN_CHARS)
