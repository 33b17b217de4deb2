"""The list that every drill ends with: paid once, every answer kept, every cent explained."""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.acceptance.project import until
from tests.drills.answers_at_rest import AnswersAtRest
from tests.drills.plant import Plant

LIVE_SLOTS = 30
TERMINAL_JOB = {"done", "failed", "cancelled"}
CLOSED_ATTEMPT = {"settled", "failed", "expired", "rejected", "absent", "lost"}
SLOT_LEASE_S = 60.0
READ_RUNS = 4
"""Rows are compared for all runs; reading many with the command takes minutes."""
FEE = Decimal("0.0002")
AS_TEXT: dict[str, Any] = {"parse_float": str, "parse_int": str}
"""Numbers are compared as they were written."""
_NANO = Decimal("1e-9")


@dataclass(frozen=True)
class Allowed:
    """What a drill makes unavoidable: nothing, unless it says so."""

    lost_live: bool = False
    """Live answers that died with the only process that had them (P19)."""
    over_limit: bool = False
    """The provider's stand-in refuses calls as over the rate by order."""
    unseen_failures: bool = False
    """Tasks whose reply was lost and that failed before id_list, which shows no failed ones, was read: they
    leave no trace but their fee, which reconcile names. It is counted all the same."""
    stopped_runs: bool = False
    """Runs that a cap stopped."""


@dataclass
class Count:
    """A line of the table of drills."""

    drill: str
    seed: int
    kills: int = 0
    jobs: int = 0
    taken: int = 0
    answers: int = 0
    lost: int = 0
    live_peak: int = 0
    witnesses: int = 0
    doubled: int = 0
    unexplained_nanos: int = 0
    seconds: float = 0.0


def judge(plant: Plant, drill: str, allowed: Allowed | None = None, *, began: float | None = None) -> Count:
    """Assert the whole list; the message names the seed, every deviation and where the logs are."""
    theirs = plant.provider.tasks(**AS_TEXT)
    count = Count(drill, plant.seed, plant.kills, taken=len(theirs))
    count.seconds = round(time.monotonic() - began, 1) if began else 0.0
    count.jobs = plant.count("SELECT count(*) FROM jobs")
    found = list(deviations(plant, theirs, allowed or Allowed(), count))
    _note(count)
    assert not found, "\n".join(
        [f"drill {drill}, seed {plant.seed}: {len(found)} deviations", *found[:40], plant.where()]
    )
    return count


def deviations(plant: Plant, theirs: list[dict[str, Any]], allowed: Allowed, count: Count) -> Iterator[str]:
    """Everything that is not as it should be."""
    yield from _states(plant, allowed)
    yield from _posts(plant, count)
    yield from _answers(plant, theirs, allowed, count)
    yield from _delivered(plant, theirs)
    yield from _money(plant, theirs, allowed, count)
    yield from _witnesses(plant, theirs, count)
    yield from _limits(plant, allowed, count)


def _states(plant: Plant, allowed: Allowed) -> Iterator[str]:
    runs = {"finished", "stopped_budget"} if allowed.stopped_runs else {"finished"}
    for run, state, reason in plant.rows("SELECT id, state, reason FROM runs"):
        if state not in runs:
            yield f"run {run} is {state} ({reason})"
    for state, number in plant.rows("SELECT state, count(*) FROM jobs GROUP BY 1"):
        if state not in TERMINAL_JOB and not (allowed.stopped_runs and state == "queued"):
            yield f"{number} jobs are {state}"
    for state, number in plant.rows("SELECT state, count(*) FROM attempts GROUP BY 1"):
        if state not in CLOSED_ATTEMPT:
            yield f"{number} attempts are {state}"


def _posts(plant: Plant, count: Count) -> Iterator[str]:
    """No job was posted while an earlier post of it was alive or unresolved, and no attempt twice."""
    doubled = plant.provider.counters()["doubled_jobs"]
    count.doubled = len(doubled)
    for double in doubled:
        yield f"job posted while an earlier post was {double['earlier_was']}: {double}"
    for tag, asked in plant.provider.asked().items():
        posts = asked.get("task_post", 0) + asked.get("live", 0)
        if posts > 1:
            yield f"attempt posted {posts} times: {tag}"


def _answers(plant: Plant, theirs: list[dict[str, Any]], allowed: Allowed, count: Count) -> Iterator[str]:
    """Exactly one copy of every answer is reachable from the rows, value for value, numbers as text."""
    at_rest = AnswersAtRest(
        Path(plant.environment.get("PROMPTRELAY_RESULTS_URL") or plant.project.data / "answers")
    )
    rows = {
        row[0]: row[1:]
        for row in plant.rows(
            "SELECT p.provider_id, p.segment, p.line_no, p.line_sha256, a.state, a.id"
            " FROM provider_tasks p JOIN attempts a ON a.id = p.attempt_id"
        )
    }
    states = dict(plant.rows("SELECT id, state FROM attempts"))
    for task in theirs:
        if task["state"] != "done":
            continue
        count.answers += 1
        attempt = str(task["tag"]).rpartition(".")[2]
        row = rows.get(task["id"])
        if row is None or row[0] is None:
            if task["method"] == "live" and states.get(attempt) == "lost":
                count.lost += 1
                if allowed.lost_live:
                    continue
            state = states.get(attempt)
            yield f"no answer at rest for {task['method']} {task['id']} of attempt {attempt} ({state})"
            continue
        try:
            kept = at_rest.read(*row[:3])
        except (AssertionError, OSError) as error:
            yield f"the answer to {task['id']} cannot be read: {error}"
            continue
        if kept != task["answer"]:
            yield f"the answer to {task['id']} was kept with other values"
        if row[4] != attempt:
            yield f"the answer to {task['id']} is filed under attempt {row[4]}, not {attempt}"
    places = Counter((row[0], row[1]) for row in rows.values() if row[0] is not None)
    yield from (f"two answers at one place: {place}" for place, number in places.items() if number > 1)


def _delivered(plant: Plant, theirs: list[dict[str, Any]]) -> Iterator[str]:
    """What the user reads of the first runs: one line a done job, with the answer of its prompt."""
    by_id = {task["id"]: task for task in theirs}
    done = dict(plant.rows("SELECT run_id, count(*) FROM jobs WHERE state = 'done' GROUP BY 1"))
    for run in plant.runs[:READ_RUNS]:
        out = plant.project.folder / f"{run}.jsonl"
        said = plant.project.command("results", run, "--format", "jsonl", "--out", out)
        if said.code:
            yield f"run {run}: results ends with {said.code}: {said.err.strip()}"
            continue
        found = map(json.loads, out.read_text("utf-8").splitlines())
        lines = [line for line in found if not line.get("waste")]
        if len(lines) != done.get(run, 0):
            yield f"run {run}: {len(lines)} lines of results for {done.get(run, 0)} done jobs"
        for line in lines:
            task = by_id.get(line["provider_id"])
            if task is None or task["request"]["user_prompt"] != line["prompt"]:
                yield f"run {run}: job {line['job_id']} delivers another prompt's answer"


def _money(plant: Plant, theirs: list[dict[str, Any]], allowed: Allowed, count: Count) -> Iterator[str]:
    """The ledger equals the stand-in's books, attempt by attempt; nothing is held or reserved."""
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for task in theirs:
        wanted[str(task["tag"]).rpartition(".")[2]] += Decimal(task["net_nano_rounded"])
    booked = {
        attempt: -Decimal(nanos) * _NANO
        for attempt, nanos in plant.rows(
            "SELECT attempt_id, SUM(provider_nanos) FROM ledger WHERE attempt_id IS NOT NULL GROUP BY 1"
        )
    }
    states = dict(plant.rows("SELECT id, state FROM attempts"))
    ended_badly = (task for task in theirs if task["state"] in ("failed", "expired"))
    failed = {str(task["tag"]).rpartition(".")[2] for task in ended_badly}
    for attempt in sorted(wanted.keys() | booked.keys()):
        off = booked.get(attempt, Decimal(0)) - wanted[attempt]
        if off:
            count.unexplained_nanos += int(abs(off) / _NANO)
            unseen = attempt in failed and states.get(attempt) == "absent" and attempt not in booked
            if allowed.unseen_failures and unseen and wanted[attempt] == FEE:
                continue
            amounts = f"booked {booked.get(attempt)}, theirs {wanted[attempt]}"
            yield f"attempt {attempt} ({states.get(attempt)}): {amounts}"
    ledger = plant.project.ledger()
    for name in ("held", "unexplained"):
        if Decimal(ledger["accounts"][name]):
            yield f"ledger account {name} is {ledger['accounts'][name]}"
    if ledger["sum"] != "0":
        yield f"the ledger sums to {ledger['sum']}"
    for run, reserved, out in plant.rows("SELECT id, reserved_nanos, float_nanos FROM runs"):
        if reserved or out:
            yield f"run {run}: {reserved} reserved, {out} out"


def _witnesses(plant: Plant, theirs: list[dict[str, Any]], count: Count) -> Iterator[str]:
    """No bought witness was sent twice, and the ledger account `witness` has what all of them cost."""
    bought = plant.rows(
        "SELECT a.id, a.job_id FROM attempts a JOIN jobs j ON j.id = a.job_id JOIN runs r ON r.id = j.run_id"
        " WHERE r.witness"
    )
    sent = Counter(job for _, job in bought)
    count.witnesses = len(sent)
    yield from (f"witness {job} was sent {number} times" for job, number in sent.items() if number > 1)
    ours = {attempt for attempt, _ in bought}
    cost = sum(
        (Decimal(task["net_nano_rounded"]) for task in theirs if str(task["tag"]).rpartition(".")[2] in ours),
        Decimal(0),
    )
    booked = Decimal(plant.project.ledger()["accounts"]["witness"])
    if booked != cost:
        yield f"ledger account witness is {booked}, and its tasks cost {cost}"


def _limits(plant: Plant, allowed: Allowed, count: Count) -> Iterator[str]:
    seen = plant.provider.counters()
    if seen["over_limit_total"] and not allowed.over_limit:
        yield f"calls over the limit: {seen['over_limit']}"
    count.live_peak = max((slots["max_simultaneous"] for slots in seen["live"].values()), default=0)
    for platform, slots in seen["live"].items():
        if slots["max_simultaneous"] > LIVE_SLOTS or slots["refused_40209"]:
            yield f"Live on {platform}: {slots}"
    try:
        until(lambda: not plant.taken_slots(), SLOT_LEASE_S)
    except AssertionError:
        yield f"slots still taken: {plant.taken_slots()}"


def _note(count: Count) -> None:
    line = json.dumps(asdict(count))
    print(line)
    if os.environ.get("DRILL_REPORT"):
        with Path(os.environ["DRILL_REPORT"]).open("a") as report:
            report.write(line + "\n")
