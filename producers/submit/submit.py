"""Puts a campaign's jobs into the database, so that the same input is never paid for twice (P29)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.plan.model_check import FACTS, snapshot
from producers.plan.reserves import Reserves, reserves
from producers.plan.survey import Survey, check_rows, survey
from producers.submit.loading import load_run
from producers.submit.run_row import cap_nanos, run_row
from producers.submit.versions import keep_version
from promptrelay.books.forecast import History, history
from promptrelay.database import deployment
from promptrelay.database.accounts import model_lists
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.database.runs.loading import insert_run, load_from
from promptrelay.database.schedules import fires, versions
from promptrelay.database.schema import jobs
from promptrelay.database.schema import runs as runs_table
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.ids import new_id
from promptrelay.domain.states import UNFINISHED_RUN, RunState

_MAX_RACES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The run that this input belongs to, new or found again."""

    run_id: str
    state: RunState
    created: bool
    """False: the run was there before and was resumed, or is finished and only named."""
    generation: int
    jobs: int
    rows: int
    refused_rows: int
    duplicates: int
    jobs_by_platform: dict[str, int]
    rows_by_platform: dict[str, int]
    """Answers to be given back by platform: duplicate rows count, though they are paid for once."""
    notes: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will be sent any more; `again` starts a new one."""
        return self.state not in UNFINISHED_RUN


def submit(
    database: Database,
    spec: CampaignSpec,
    path: Path,
    *,
    again: bool = False,
    limits: AccountTerms | None = None,
    found: Survey | None = None,
) -> Submitted:
    """Check every row, then find this input's run or make it, with its jobs, and set it running.

    `path` is the file that was handed in: the prompts, or the campaign that says where they are.
    An unfinished run is resumed: its caps, priority and weight become the spec's; a cap that the spec leaves
    out stays; what its attempts set aside is reckoned anew, as `limits` and past answers say (P22). A run
    that is over is returned as it is unless `again`. Cut off at any moment, the same call goes on where it
    stopped. `found` is what a plan has read of it already, with its rows kept: then nothing is read again.
    Raises PromptFileError, RefusedInput, NothingToSend, NoRoomToKeepRows.
    """
    if found is None or found.kept is None:
        found = survey(spec, path, keep=True)
    check_rows(found, spec, path)
    aside = _reserves(database, spec, found, limits or AccountTerms())
    run, created = _find_or_insert(database, spec, found, aside, again=again)
    if run["state"] == RunState.LOADING and (created or not _is_scheduled(database, run["id"])):
        _load(database, spec, found, run)
    return _submitted(database, spec, found, run["id"], created=created)


def _reserves(database: Database, spec: CampaignSpec, found: Survey, limits: AccountTerms) -> Reserves:
    with database.read() as connection:
        past = History() if limits.reserve is not None else history(connection, spec.account)
    return reserves(found, past, limits)


def _find_or_insert(
    database: Database, spec: CampaignSpec, found: Survey, aside: Reserves, *, again: bool
) -> tuple[sa.RowMapping, bool]:
    fingerprint = spec.fingerprint(found.input_hash)
    version_id: str | None = None
    for _ in range(_MAX_RACES):
        with database.write() as connection:
            deployment.ensure(connection)
            deployment.add_account(connection, spec.account)
            last = runs.latest(connection, spec.account, fingerprint)
            if last is not None and (last["state"] in UNFINISHED_RUN or not again):
                return _resume(connection, spec, last, aside), False
            generation = 1 if last is None else last["generation"] + 1
            if version_id is not None and versions.hold(connection, version_id):
                run_id = new_id()
                facts = snapshot(found.jobs, model_lists.read(connection, spec.account))
                values = run_row(spec, run_id, fingerprint, generation) | aside.to_columns()
                values |= {"version_id": version_id, "options": spec.options() | {FACTS: facts}}
                # False: another submit of the same input was faster; its run is then the latest.
                if insert_run(connection, values):
                    return _row(connection, run_id), True
        # First the rows, then the run: a run is loaded from what is there already.
        version_id = keep_version(database, spec, found)
    raise RuntimeError("other submits of the same input keep making runs")


def _resume(
    connection: sa.Connection, spec: CampaignSpec, run: sa.RowMapping, aside: Reserves
) -> sa.RowMapping:
    if run["state"] not in UNFINISHED_RUN:
        return run
    caps = {
        "max_cost_nanos": cap_nanos(spec.max_cost, run["max_cost_nanos"]),
        "max_float_nanos": cap_nanos(spec.max_float, run["max_float_nanos"]),
    }
    # What the lists of models said when the run was made stays with it.
    options = spec.options() | {FACTS: run["options"].get(FACTS, {})}
    fresh = {**caps, "priority": spec.priority, "weight": spec.weight, "options": options}
    fresh |= aside.to_columns()
    runs.update_options(connection, run["id"], fresh)
    if any(caps[name] > run[name] for name in caps):
        runs.change_state(connection, run["id"], RunState.RUNNING, expected=[RunState.STOPPED_BUDGET])
    return _row(connection, run["id"])


def _is_scheduled(database: Database, run_id: str) -> bool:
    """Whether it is a schedule's run: dispatchers load that, from what the file said when it fired."""
    with database.read() as connection:
        return fires.is_scheduled(connection, run_id)


def _load(database: Database, spec: CampaignSpec, found: Survey, run: sa.RowMapping) -> None:
    version_id = run["version_id"]
    with database.write() as connection:
        is_kept = version_id is not None and versions.hold(connection, version_id)
    if not is_kept:
        # It began with a program that read the file again, so it begins anew: rows that are there stay.
        version_id = keep_version(database, spec, found)
        with database.write() as connection:
            load_from(connection, run["id"], version_id)
    load_run(database, run["id"], version_id)


def _row(connection: sa.Connection, run_id: str) -> sa.RowMapping:
    return connection.execute(sa.select(runs_table).where(runs_table.c.id == run_id)).mappings().one()


def _submitted(
    database: Database, spec: CampaignSpec, found: Survey, run_id: str, *, created: bool
) -> Submitted:
    by_platform = (
        sa.select(jobs.c.platform, sa.func.count()).where(jobs.c.run_id == run_id).group_by(jobs.c.platform)
    )
    with database.read() as connection:
        run = _row(connection, run_id)
        counts = {platform: int(count) for platform, count in connection.execute(by_platform)}
    return Submitted(
        run_id=run_id,
        state=RunState(run["state"]),
        created=created,
        generation=run["generation"],
        jobs=sum(counts.values()),
        rows=found.rows,
        refused_rows=found.refused_rows,
        duplicates=found.duplicates,
        jobs_by_platform=counts,
        rows_by_platform={platform.value: count for platform, count in found.answers.items()},
        notes=(*spec.notes(), *found.notes),
    )
