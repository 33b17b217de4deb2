"""Reads a campaign's file for a schedule, and keeps what it says as a version that runs are loaded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from producers.campaign.spec import CampaignSpec, Target
from producers.campaign.wanted_rows import WantedRow, WantedRows
from producers.plan.survey import InputHash, Survey, check_rows, survey
from producers.submit.errors import InputChanged
from producers.submit.job_rows import Values, input_row
from producers.submit.run_row import run_row
from promptrelay.database.database import Database
from promptrelay.database.schedules import fires, versions
from promptrelay.domain.ids import digest, new_id
from promptrelay.domain.platform import Method, Platform

SLICE_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a campaign's file said when it was read, and how that differs from the run before."""

    spec: CampaignSpec
    survey: Survey
    version_id: str
    previous_version_id: str | None
    prompts_added: int | None
    """Rows with a prompt that the version before lacks; None when there is none before."""
    prompts_removed: int | None


def read_version(database: Database, spec: CampaignSpec, path: Path, schedule_id: str) -> Reading:
    """Read the prompts, check them as `submit` does, and keep them as a version unless one is the same.

    Raises PromptFileError, RefusedInput, NothingToSend, InputChanged. Cut off at any moment, nothing that
    anybody reads is left behind.
    """
    found = survey(spec, path)
    check_rows(found, spec, path)
    content = _content(spec, found)
    with database.read() as connection:
        version_id = versions.find_content(connection, content)
    if version_id is None:
        version_id = _keep(database, spec, path, found, content)
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


def stored_target(stored: Mapping[str, Any]) -> Target:
    """A target as a version keeps it."""
    return Target(
        platform=Platform(stored["platform"]),
        model=stored["model"],
        method=Method(stored["method"]),
        parameters=stored["parameters"],
    )


def _content(spec: CampaignSpec, found: Survey) -> str:
    """The same for what makes the same run: rows, targets and caps."""
    row = run_row(spec, "", spec.fingerprint(found.input_hash), 0)
    return digest({"run": row, "options": spec.options()})


def _keep(database: Database, spec: CampaignSpec, path: Path, found: Survey, content: str) -> str:
    version_id = new_id()
    shared = spec.targets()
    with database.write() as connection:
        versions.begin(
            connection,
            {
                "id": version_id,
                "campaign": spec.name,
                "options": spec.options(),
                "targets": [_stored(target) for target in shared],
                "repeats": spec.repeats,
                "keep_duplicates": spec.keep_duplicates,
            },
        )
    if _write_rows(database, spec, path, version_id) != found.input_hash:
        with database.write() as connection:
            versions.drop(connection, version_id)
        raise InputChanged(path=path)
    try:
        with database.write() as connection:
            versions.complete(connection, version_id, content)
    except IntegrityError:
        # Another dispatcher read the same at the same time.
        with database.write() as connection:
            versions.drop(connection, version_id)
            return str(versions.find_content(connection, content))
    return version_id


def _write_rows(database: Database, spec: CampaignSpec, path: Path, version_id: str) -> str:
    hashed, shared = InputHash(), spec.targets()
    slice_: list[Values] = []
    for wanted in WantedRows(spec, spec.prompts_of(path)):
        if not isinstance(wanted, WantedRow):
            continue
        hashed.add(wanted.row)
        slice_.append(_version_row(version_id, wanted, shared))
        if len(slice_) >= SLICE_ROWS:
            _write(database, slice_)
            slice_ = []
    _write(database, slice_)
    return str(hashed)


def _write(database: Database, slice_: list[Values]) -> None:
    with database.write() as connection:
        versions.insert_rows(connection, slice_)


def _version_row(version_id: str, wanted: WantedRow, shared: tuple[Target, ...]) -> Values:
    own = None if wanted.targets == shared else [_stored(target) for target in wanted.targets]
    hashed = digest({"prompt": wanted.row.prompt})
    return {"version_id": version_id, **input_row(wanted), "prompt_hash": hashed, "targets": own}


def _stored(target: Target) -> Values:
    return {
        "platform": target.platform.value,
        "model": target.model,
        "method": target.method.value,
        "parameters": dict(target.parameters),
    }
