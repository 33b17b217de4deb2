"""`python -m tests.mutants`: plants the faults of the kept list and says which the tests notice.

  make mutants                                all of them
  make mutants ARGS="--list"                  the list, without running anything
  make mutants ARGS="--only live"             those whose room, name or file holds the word
  make mutants ARGS="--json mutants.json"     a report for machines as well

An entry that fits the source no more ends it before anything runs, with what to mend. Exit code 0: nine in
ten are noticed and each of the others is explained in the list; 1: not so; 2: the list has to be mended.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.mutants.faults import Room, StaleFault, read_rooms, stale
from tests.mutants.survey import Survey, Tried, make_survey

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "producers", "promptrelay", "workers")


def main(words: Sequence[str]) -> int:
    asked = _asked(words)
    try:
        rooms = [_only(room, asked.only) for room in read_rooms(asked.rooms)]
    except StaleFault as error:
        return _complain([str(error)])
    rooms = [room for room in rooms if room.faults]
    if not rooms:
        return _complain([f"no fault has {asked.only!r} in its room, name or file; --list shows all"])
    if asked.list:
        return _list(rooms)
    troubles = stale(asked.checkout, rooms)
    if troubles:
        return _complain(troubles)
    faults = sum(len(room.faults) for room in rooms)
    print(f"{len(rooms)} rooms are tested without a fault first, then with each of {faults}", flush=True)
    began = time.monotonic()
    found = make_survey(asked.checkout, rooms, asked.packages, at_once=asked.at_once, tell=_tell)
    _sum_up(found, time.monotonic() - began)
    if asked.json:
        asked.json.write_text(json.dumps(found.as_json(), indent=1) + "\n")
    return 0 if found.passes else 1


def _asked(words: Sequence[str]) -> argparse.Namespace:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__, formatter_class=shape)
    parser.add_argument(
        "--only", default="", metavar="PATTERN", help="faults with this in room, name or file"
    )
    parser.add_argument("--list", action="store_true", help="show the list and run nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there as well")
    parser.add_argument("--at-once", type=int, choices=(1, 2), default=2, help="how many at a time")
    parser.add_argument("--rooms", type=Path, default=Path(__file__).parent / "rooms", help=argparse.SUPPRESS)
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help=argparse.SUPPRESS)
    parser.add_argument("--packages", nargs="+", default=PACKAGES, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _only(room: Room, pattern: str) -> Room:
    wanted = [one for one in room.faults if pattern in str(one) or pattern in one.file]
    return replace(room, faults=tuple(wanted))


def _complain(troubles: Sequence[str]) -> int:
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    return 2


def _list(rooms: Sequence[Room]) -> int:
    for room in rooms:
        print(f"{room.name} ({', '.join(room.tests)})")
        for fault in room.faults:
            print(
                f"  {fault.name}  [{fault.promise}]  {fault.file}"
                + (" (explained)" if fault.accepted else "")
            )
    print(f"{sum(len(room.faults) for room in rooms)} faults")
    return 0


def _tell(one: Tried) -> None:
    outcome = one.outcome
    print(f"{outcome.verdict:>24}  {outcome.seconds:5.1f} s  {one.fault}  {outcome.told}", flush=True)


def _sum_up(found: Survey, seconds: float) -> None:
    for room, test in found.broken_rooms:
        print(f"{room}: its tests fail without any fault: {test}")
    for one in found.tried:
        if not one.is_noticed:
            why = one.fault.accepted or f"NOBODY SAYS WHY; it breaks {one.fault.promise}"
            print(f"{one.outcome.verdict}: {one.fault} ({one.fault.file}): {why}")
        elif one.fault.accepted:
            print(f"noticed after all, so its reason can go: {one.fault}")
    count = len(found.tried)
    print(f"{found.noticed} of {count} faults noticed ({found.share:.0%}) in {seconds / 60:.1f} min")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
