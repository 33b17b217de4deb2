"""Keeps what a campaign's file says as a version, that runs are loaded from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from producers.campaign.spec import CampaignSpec
from producers.plan.kept_rows import target_values
from producers.plan.survey import Survey, check_rows, survey
from producers.submit.run_row import run_row
from promptrelay.database.database import Database
from promptrelay.database.schedules import fires, versions
from promptrelay.domain.ids import digest, new_id

SLICE_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a schedule's file said when it was read, and how that differs from the run before."""

    spec: CampaignSpec
    survey: Survey
    version_id: str
    previous_version_id: str | None
    prompts_added: int | None
    """Rows with a prompt that the version before lacks; None when there is none before."""
    prompts_removed: int | None


def read_version(database: Database, spec: CampaignSpec, path: Path, schedule_id: str) -> Reading:
    """Read the prompts, check them as `submit` does, and keep them as a version unless one is the same.

    Raises PromptFileError, RefusedInput, NothingToSend, NoRoomToKeepRows. Cut off at any moment, nothing that
    anybody reads is left behind.
    """
    found = survey(spec, path, keep=True)
    check_rows(found, spec, path)
    version_id = keep_version(database, spec, found)
    with database.read() as connection:
        previous = fires.last_version(connection, schedule_id)
        added = removed = None
        if previous is not None:
            added = versions.count_new(connection, version_id, previous)
            removed = versions.count_new(connection, previous, version_id)
    return Reading(
        spec=spec,
        survey=found,
        version_id=version_id,
        previous_version_id=previous,
        prompts_added=added,
        prompts_removed=removed,
    )


def keep_version(database: Database, spec: CampaignSpec, found: Survey) -> str:
    """The version with these rows and options, written unless one is there already. Needs kept rows."""
    content = _content(spec, found)
    with database.read() as connection:
        version_id = versions.find_content(connection, content)
    return version_id or _write(database, spec, found, content)


def _content(spec: CampaignSpec, found: Survey) -> str:
    """The same for what makes the same run: rows, targets and caps."""
    row = run_row(spec, "", spec.fingerprint(found.input_hash), 0)
    return digest({"run": row, "options": spec.options()})


def _write(database: Database, spec: CampaignSpec, found: Survey, content: str) -> str:
    version_id = new_id()
    with database.write() as connection:
        versions.begin(
            connection,
            {
                "id": version_id,
                "campaign": spec.name,
                "options": spec.options(),
                "targets": list(map(target_values, spec.targets())),
                "repeats": spec.repeats,
                "keep_duplicates": spec.keep_duplicates,
            },
        )
    rows = iter(found.kept or ())
    while slice_ := [{"version_id": version_id, **row} for row in islice(rows, SLICE_ROWS)]:
        with database.write() as connection:
            versions.insert_rows(connection, slice_)
    try:
        with database.write() as connection:
            versions.complete(connection, version_id, content)
    except IntegrityError:
        # Somebody else read the same at the same time.
        with database.write() as connection:
            versions.drop(connection, version_id)
            return str(versions.find_content(connection, content))
    return version_id
