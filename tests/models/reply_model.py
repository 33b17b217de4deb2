"""Every reply a provider may give to three posted tasks: shuffled, partly untagged; two ways to match it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations, product
from typing import NamedTuple

POSTED = ("a", "b", "c")
OUTCOMES = ("accepted", "error 1", "error 2")
NAMELESS = "accepted without an id"


class Entry(NamedTuple):
    """One entry of a reply: what the provider wrote on it, and whose it really is."""

    tag: str | None
    outcome: str
    truly: str
    echo: str | None = None


class Match(NamedTuple):
    outcome: str
    entry: Entry | None
    """The entry itself; None where only the outcome was dealt out."""


Matching = Callable[[list[Entry]], dict[str, Match]]


def replies(*, accepted_echo: bool, outcomes_of_one: tuple[str, ...] = OUTCOMES) -> Iterator[list[Entry]]:
    """Every order, every outcome, every choice of untagged entries; accepted ones may echo."""
    for outcomes in product(outcomes_of_one, repeat=3):
        truth = dict(zip(POSTED, outcomes, strict=True))
        for order in permutations(POSTED):
            for untagged in product((False, True), repeat=3):
                yield [
                    Entry(
                        None if bare else task,
                        truth[task],
                        task,
                        task if accepted_echo and truth[task] == "accepted" else None,
                    )
                    for task, bare in zip(order, untagged, strict=True)
                ]


def by_tag_then_position(reply: list[Entry]) -> dict[str, Match]:
    """What P8 forbids: an untagged entry is taken for the task posted at its place."""
    matched = {entry.tag: Match(entry.outcome, entry) for entry in reply if entry.tag}
    for task, entry in zip(POSTED, reply, strict=True):
        if entry.tag is None and task not in matched:
            matched[task] = Match(entry.outcome, entry)
    return matched


def by_tag_echo_and_class(reply: list[Entry]) -> dict[str, Match]:
    """P8: the tag, else a unique echo; errors only if all of one class and as many as are left."""
    matched = {entry.tag: Match(entry.outcome, entry) for entry in reply if entry.tag}
    bare = [entry for entry in reply if not entry.tag]
    echoes = Counter(entry.echo for entry in bare if entry.echo)
    for entry in bare:
        if entry.echo and echoes[entry.echo] == 1 and entry.echo not in matched:
            matched[entry.echo] = Match(entry.outcome, entry)
    taken = [match.entry for match in matched.values()]
    rest = [entry for entry in bare if entry not in taken]
    left = [task for task in POSTED if task not in matched]
    classes = {entry.outcome for entry in rest}
    if len(classes) == 1 and classes.isdisjoint({"accepted", NAMELESS}) and len(rest) == len(left):
        matched.update({task: Match(rest[0].outcome, None) for task in left})
    return matched


def foreign_ids(matching: Matching, *, accepted_echo: bool = False) -> int:
    """How often an accepted entry, and with it a provider's id, is given to another's task."""
    return sum(
        match.entry is not None and match.entry.truly != task and match.outcome == "accepted"
        for reply in replies(accepted_echo=accepted_echo)
        for task, match in matching(reply).items()
    )


def wrong_outcomes(matching: Matching, *, accepted_echo: bool = False) -> int:
    """How often a task is given an outcome that is not its own."""
    wrong = 0
    for reply in replies(accepted_echo=accepted_echo):
        truth = {entry.truly: entry.outcome for entry in reply}
        wrong += sum(truth[task] != match.outcome for task, match in matching(reply).items())
    return wrong


Verdict = Callable[[str], str]
"""What an entry's outcome means for its attempt: sent, unknown or refused; a refused one is sent again."""


def refused_unless_named(outcome: str) -> str:
    """What P8 forbids: an acceptance that names no task falls through to the refusals."""
    return "sent" if outcome == "accepted" else "refused"


def unknown_unless_named(outcome: str) -> str:
    """P8: an acceptance is none the less one; without an id the attempt is searched for."""
    return {"accepted": "sent", NAMELESS: "unknown"}.get(outcome, "refused")


def paid_again(verdict: Verdict) -> int:
    """How often a task that the provider has taken would be sent again."""
    again = 0
    for reply in replies(accepted_echo=True, outcomes_of_one=(*OUTCOMES, NAMELESS)):
        truth = {entry.truly: entry.outcome for entry in reply}
        again += sum(
            verdict(match.outcome) == "refused" and truth[task] in ("accepted", NAMELESS)
            for task, match in by_tag_echo_and_class(reply).items()
        )
    return again
