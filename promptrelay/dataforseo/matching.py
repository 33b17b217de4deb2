"""Which attempt an entry of a reply belongs to (P8). Pure.

An entry is placed by its tag, else by the payload it repeats where that can be only one of the chunk; never
by its position, because the provider does not promise the order. What cannot be placed stays unknown: a
wrong guess would pay twice or lose an answer, a missing one only costs a look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import Entry, Reply
from promptrelay.domain.money import ZERO

_TAG = "tag"
_IDENTITY = "user_prompt"


@dataclass(frozen=True, slots=True)
class SentTask:
    """One task of the chunk that was posted."""

    attempt_id: str
    tag: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal at cost 0 that reached the attempt without an entry of its own."""

    code: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What the reply says about each attempt of the chunk."""

    found: Mapping[str, Entry | Rejected]
    """By attempt. An entry is evidence as it stands: it may be an error, and errors may cost something."""
    unknown: frozenset[str]
    """The attempts that the reply says nothing certain about."""
    twins: tuple[tuple[str, Entry], ...] = ()
    """Further entries under an attempt's tag (P10): what they cost was paid too."""
    foreign: tuple[Entry, ...] = ()
    """Entries of nobody in the chunk, or that cannot be placed in it."""


@dataclass
class _Placing:
    """The reply as far as it is placed."""

    found: dict[str, Entry | Rejected] = field(default_factory=dict)
    twins: list[tuple[str, Entry]] = field(default_factory=list)
    foreign: list[Entry] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)
    """Attempts with several entries that contradict each other."""


def match_reply(sent: Sequence[SentTask], reply: Reply) -> Matches:
    """Place every entry of a reply to a paid call; attempts without a certain entry are unknown."""
    if not reply.entries:
        return _without_entries(sent, reply)
    placing = _Placing()
    untagged = _place_by_tag(sent, reply.entries, placing)
    loose = _place_by_echo(sent, untagged, placing)
    _deal_out(_open(sent, placing), loose, placing)
    unknown = frozenset(task.attempt_id for task in _open(sent, placing)) | placing.contested
    return Matches(placing.found, unknown, tuple(placing.twins), tuple(placing.foreign))


def _without_entries(sent: Sequence[SentTask], reply: Reply) -> Matches:
    """Only a top-level 4xxxx at a reported cost of 0 proves that nothing of the chunk was taken."""
    attempts = frozenset(task.attempt_id for task in sent)
    code = reply.status_code or 0
    pending = policy_for(code, call=Call.POST) is Policy.PENDING
    if 40000 <= code < 50000 and reply.cost == ZERO and not pending:
        return Matches(dict.fromkeys(attempts, Rejected(code)), frozenset())
    return Matches({}, attempts)


def _open(sent: Iterable[SentTask], placing: _Placing) -> list[SentTask]:
    return [task for task in sent if task.attempt_id not in placing.found.keys() | placing.contested]


def _place_by_tag(sent: Sequence[SentTask], entries: Iterable[Entry], placing: _Placing) -> list[Entry]:
    """Place the entries with a tag; returns the others."""
    owners = {task.tag: task.attempt_id for task in sent}
    by_attempt: dict[str, list[Entry]] = defaultdict(list)
    untagged = []
    for entry in entries:
        if not entry.tag:
            untagged.append(entry)
        elif entry.tag in owners:
            by_attempt[owners[entry.tag]].append(entry)
        else:
            placing.foreign.append(entry)
    for attempt_id, own in by_attempt.items():
        _place_own(attempt_id, own, placing)
    return untagged


def _place_own(attempt_id: str, own: list[Entry], placing: _Placing) -> None:
    """Place the entries under one tag: an accepted one counts most, errors only if they agree."""
    accepted = [entry for entry in own if entry.accepted]
    if not accepted and len({(entry.status_code, entry.cost) for entry in own}) > 1:
        placing.contested.add(attempt_id)
        placing.foreign += own
        return
    first = accepted[0] if accepted else own[0]
    placing.found[attempt_id] = first
    placing.twins += [(attempt_id, entry) for entry in own if entry is not first]


def _place_by_echo(sent: Sequence[SentTask], untagged: list[Entry], placing: _Placing) -> list[Entry]:
    """Place the entries whose payload is one task's and can be no other's; returns those that say too
    little to be anyone's."""
    claims: dict[str, list[Entry]] = defaultdict(list)
    loose = []
    for entry in untagged:
        possible = [task for task in sent if _may_be(task, entry)]
        if len(possible) == 1 and _repeats(possible[0], entry):
            claims[possible[0].attempt_id].append(entry)
        elif possible:
            loose.append(entry)
        else:
            placing.foreign.append(entry)
    free = {task.attempt_id for task in _open(sent, placing)}
    for attempt_id, own in claims.items():
        if attempt_id in free and len(own) == 1:
            placing.found[attempt_id] = own[0]
        else:
            placing.foreign += own
    return loose


def _may_be(task: SentTask, entry: Entry) -> bool:
    """Whether nothing in the entry's echo contradicts that it is this task's."""
    shared = (task.payload.keys() & entry.echo.keys()) - {_TAG}
    return all(_same(task.payload[name], entry.echo[name]) for name in shared)


def _repeats(task: SentTask, entry: Entry) -> bool:
    """Whether the entry's echo holds the whole payload, its prompt above all."""
    return _IDENTITY in task.payload and task.payload.keys() - {_TAG} <= entry.echo.keys()


def _deal_out(left: list[SentTask], loose: list[Entry], placing: _Placing) -> None:
    """Give the attempts left the errors left, if it cannot matter which gets which."""
    codes = {entry.status_code for entry in loose}
    alike = len(codes) == 1 and all(entry.refused_free for entry in loose)
    exact = len(loose) == len(left) and not placing.foreign and not placing.contested
    if alike and exact:
        code = loose[0].status_code or 0
        placing.found.update({task.attempt_id: Rejected(code) for task in left})
    else:
        placing.foreign += loose


def _same(sent: Any, echoed: Any) -> bool:
    """Whether two JSON values are equal, a float compared as it was written."""
    if isinstance(sent, Mapping) and isinstance(echoed, Mapping):
        return sent.keys() == echoed.keys() and all(_same(sent[name], echoed[name]) for name in sent)
    if isinstance(sent, list | tuple) and isinstance(echoed, list | tuple):
        return len(sent) == len(echoed) and all(map(_same, sent, echoed))
    if isinstance(sent, bool) or isinstance(echoed, bool):
        return sent is echoed
    return bool(_exact(sent) == _exact(echoed))


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value
