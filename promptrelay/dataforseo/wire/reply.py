"""The provider's envelope: one reply with one entry a task. Tolerant in its fields, strict in its frame."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field

from promptrelay.dataforseo.wire.answer import Answer, read_answer
from promptrelay.dataforseo.wire.fields import (
    Charge,
    Code,
    Count,
    Echo,
    Id,
    Text,
    WireModel,
    as_code,
    as_mapping,
)
from promptrelay.dataforseo.wire.text import decoded, load, split
from promptrelay.domain.money import ZERO

_ACCEPTED = (20000, 20100, 40601, 40602)


class NotAReply(ValueError):
    """These bytes are not a reply of the provider; the message says why and quotes nothing."""


class Entry(WireModel):
    """One task in a reply."""

    provider_id: Id = None
    """Opaque: it looks like a UUID and is none."""
    status_code: Code = None
    status_message: Text = None
    """For people; the provider extends it at will, so nothing reads it."""
    cost: Charge = None
    """As the provider says it; None when it says nothing that could be a cost, which is not zero."""
    tag: Text = None
    echo: Echo = Field(default_factory=dict)
    """The posted fields as the provider repeats them, with a few of its own."""
    raw: bytes
    """The task object as it was written, number spelling included, on one line."""

    @cached_property
    def result(self) -> Answer | None:
        """The answer, or None while there is none."""
        return read_answer(self.raw)

    @property
    def accepted(self) -> bool:
        """Whether the provider has taken the task on."""
        return self.status_code in _ACCEPTED

    @property
    def refused_free(self) -> bool:
        """Whether it was refused at a reported cost of exactly zero, which alone proves no charge (P8)."""
        return self.status_code is not None and not self.accepted and self.cost == ZERO


class Reply(WireModel):
    """One reply of the provider."""

    status_code: Code = None
    status_message: Text = None
    cost: Charge = None
    tasks_count: Count = None
    entries: tuple[Entry, ...] = ()
    http_status: int = 200
    server_date: float | None = None
    """The `Date` header in seconds since the epoch: the provider's clock."""
    raw: bytes

    @property
    def only(self) -> Entry | None:
        """The entry of a reply about one task; None when there is not exactly one."""
        return self.entries[0] if len(self.entries) == 1 else None

    @property
    def code(self) -> int | None:
        """The code of the only entry, else the envelope's: the two may differ."""
        return self.only.status_code if self.only else self.status_code

    @property
    def is_complete(self) -> bool:
        """Whether all tasks it announces are there (P3); a refusal without tasks needs no count."""
        if self.tasks_count is None:
            return not self.entries
        return self.tasks_count == len(self.entries)


def read_reply(body: bytes, *, http_status: int = 200, server_date: float | None = None) -> Reply:
    """The reply in a body (JSON, not compressed), also of a postback. Raises NotAReply, and nothing else."""
    try:
        fields, tasks = split(decoded(body))
    except ValueError as error:
        raise NotAReply(f"{len(body)} bytes, {type(error).__name__}") from None
    if as_code(fields.get("status_code")) is None and not tasks:
        raise NotAReply("there is neither a status code nor a task")
    entries = tuple(_entry(as_mapping(task), text) for task, text in tasks)
    return Reply.model_validate(
        {**fields, "entries": entries, "http_status": http_status, "server_date": server_date, "raw": body}
    )


def read_entry(raw: bytes) -> Entry:
    """The entry in a stored task object. Raises ValueError for what is not JSON."""
    return _entry(as_mapping(load(raw)), raw.decode("utf-8", "replace"))


def _entry(task: dict[str, Any], text: str) -> Entry:
    # A newline cannot stand inside a JSON string, so these are between tokens.
    raw = text.replace("\r", " ").replace("\n", " ").encode("utf-8")
    echo = as_mapping(task.get("data"))
    return Entry.model_validate(
        {**task, "provider_id": task.get("id"), "echo": echo, "tag": echo.get("tag"), "raw": raw}
    )
